import { Module } from '@nestjs/common';
import { GraphAgentsController } from './agents.controller.js';

/** The paths of the graph dialect, for processes that answer HTTP. */
@Module({ controllers: [GraphAgentsController] })
export class GraphsModule {}
