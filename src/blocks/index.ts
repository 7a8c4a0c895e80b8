/**
 * Block types: what a step of a workflow can be. Each folder is one *block type*: its configuration (`*.config.dto.ts`), its class, its
 * spec. The rest of the server knows them only as entries of the `BlockRegistry`; the conformance suite runs over every entry.
 */
export { BlocksModule } from './blocks.module.js';
