// L2: what NestJS on Express costs by itself.
import { serve } from './serve.mjs';

await serve((body) => body);
