import { Injectable, type PipeTransform } from '@nestjs/common';
import { parseId } from '#libs/ids';
import { workflowNotFound } from './workflow.errors.js';

/** Accepts a workflow id with or without its prefix; anything else is answered like an id that does not exist. */
@Injectable()
export class WorkflowIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = parseId('wf', value);
    if (id === null) throw workflowNotFound();
    return id;
  }
}
