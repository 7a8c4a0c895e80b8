import { Module } from '@nestjs/common';
import { ConnectorsController } from './connectors.controller.js';

@Module({ controllers: [ConnectorsController] })
export class ConnectorsApiModule {}
