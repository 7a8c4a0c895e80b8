import { Injectable, type PipeTransform } from '@nestjs/common';
import { parseId } from '#libs/ids';
import { emailTemplateNotFound } from './email-template.errors.js';

/** Accepts an id with or without its prefix; anything else is answered like an id that does not exist. */
@Injectable()
export class EmailTemplateIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = parseId('tmpl', value);
    if (id === null) throw emailTemplateNotFound();
    return id;
  }
}
