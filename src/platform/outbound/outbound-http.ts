import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { createSafeHttp, type SafeHttp, type SafeHttpRequest, type SafeHttpResponse } from '#libs/safe-http';
import { Settings } from '../config/index.js';
import { allowedNetworks } from './allowed-networks.js';

/**
 * The client for URLs that users write, with the operator's networks and ports. It closes in the last phase of a shutdown: workers have let
 * go of their runs by then, so no step fails for it.
 */
@Injectable()
export class OutboundHttp implements SafeHttp, OnApplicationShutdown {
  private readonly http: SafeHttp;

  constructor(settings: Settings) {
    const allow = allowedNetworks(settings);
    try {
      this.http = createSafeHttp({ allow, ports: settings.OUTBOUND_PORTS.split(',').map(Number) });
    } catch (error) {
      throw error instanceof RangeError ? new RangeError(`OUTBOUND_ALLOW: ${error.message}`, { cause: error }) : error;
    }
  }

  request(request: SafeHttpRequest): Promise<SafeHttpResponse> {
    return this.http.request(request);
  }

  checkUrl(url: string): void {
    this.http.checkUrl(url);
  }

  close(): Promise<void> {
    return this.http.close();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }
}
