import { Injectable } from '@nestjs/common';
import type { Socket } from 'node:net';
import { createSafeSockets, type SafeSockets } from '#libs/safe-http';
import { Settings } from '../config/index.js';
import { allowedNetworks } from './allowed-networks.js';

/** Connections to mail servers that users name, with the operator's networks and ports. */
@Injectable()
export class OutboundMailSockets implements SafeSockets {
  private readonly sockets: SafeSockets;

  constructor(settings: Settings) {
    const ports = settings.OUTBOUND_SMTP_PORTS.split(',').map(Number);
    this.sockets = createSafeSockets({ allow: allowedNetworks(settings), ports });
  }

  connect(host: string, port: number, signal?: AbortSignal): Promise<Socket> {
    return this.sockets.connect(host, port, signal);
  }
}
