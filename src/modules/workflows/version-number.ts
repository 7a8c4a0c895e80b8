import { Injectable, type PipeTransform } from '@nestjs/common';
import { notFound } from '../../platform/errors/index.js';

/** The number of a version in a path; anything else is answered like a version that does not exist. */
@Injectable()
export class VersionNumberPipe implements PipeTransform<string, number> {
  transform(value: string): number {
    if (!/^[1-9]\d{0,8}$/.test(value)) throw notFound('Version not found');
    return Number(value);
  }
}
