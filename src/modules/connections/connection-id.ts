import { Injectable, type PipeTransform } from '@nestjs/common';
import { parseId } from '#libs/ids';
import { connectionNotFound } from './connection.errors.js';

/** Accepts a connection id with or without its prefix; anything else is answered like an id that does not exist. */
@Injectable()
export class ConnectionIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = parseId('conn', value);
    if (id === null) throw connectionNotFound();
    return id;
  }
}
