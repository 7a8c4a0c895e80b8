import { normalizeIp } from '@nestjs/throttler';

/** What counts as one client: the IPv4 address, or the /64 network of an IPv6 address, which one subscriber gets as a whole. */
export const clientAddress = (request: { ip?: string | undefined }): string => normalizeIp(request.ip ?? 'unknown');
