import { Injectable, type PipeTransform } from '@nestjs/common';
import { parseId } from '#libs/ids';
import { notFound } from '../../platform/errors/index.js';

/** Also the answer for a run of another organization, and of a workflow that a key is not bound to. */
export const runNotFound = () => notFound('Run not found');

/** Accepts a run id with or without its prefix; anything else is answered like an id that does not exist. */
@Injectable()
export class RunIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = parseId('run', value);
    if (id === null) throw runNotFound();
    return id;
  }
}
