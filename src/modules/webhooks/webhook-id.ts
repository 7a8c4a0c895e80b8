import { Injectable, type PipeTransform } from '@nestjs/common';
import { parseId } from '#libs/ids';
import { deliveryNotFound, webhookNotFound } from './webhook.errors.js';

/** Accepts a webhook id with or without its prefix; anything else is answered like an id that does not exist. */
@Injectable()
export class WebhookIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = parseId('hook', value);
    if (id === null) throw webhookNotFound();
    return id;
  }
}

/** The same for a delivery. */
@Injectable()
export class DeliveryIdPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = parseId('dlv', value);
    if (id === null) throw deliveryNotFound();
    return id;
  }
}
