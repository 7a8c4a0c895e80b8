import { Injectable, type PipeTransform } from '@nestjs/common';
import { parseId } from '#libs/ids';
import { agentNotFound } from './agent.errors.js';

/** Accepts an agent id with or without its prefix; anything else is answered like an id that does not exist. */
@Injectable()
export class AgentIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = parseId('agent', value);
    if (id === null) throw agentNotFound();
    return id;
  }
}
