import type { Request } from 'express';

interface Layer {
  match(path: string): unknown;
  route?: { methods: Record<string, boolean> };
}

/** The path as sent, without its query. */
export const pathOf = ({ originalUrl }: Request): string => originalUrl.split('?', 1)[0] ?? '';

/**
 * The methods that have a route at this path, in upper case and sorted; none where no route has the path.
 * Walks Express's own routing table, so it holds for every route however it was registered; it runs only for unknown routes.
 */
export function allowedMethods(request: Request): string[] {
  const { stack } = request.app.router as unknown as { stack: Layer[] };
  const path = pathOf(request);
  const routes = stack.filter((layer) => layer.route && matches(layer, path));
  const names = new Set(
    routes.flatMap(({ route }) => Object.keys(route?.methods ?? {}).map((name) => name.toUpperCase())),
  );
  names.delete('_ALL');
  if (names.has('GET')) names.add('HEAD');
  return [...names].sort();
}

function matches(layer: Layer, path: string): boolean {
  try {
    return Boolean(layer.match(path));
  } catch {
    // A parameter that cannot be decoded: no route takes such a path.
    return false;
  }
}
