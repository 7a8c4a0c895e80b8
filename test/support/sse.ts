/** One message of an event stream; a comment alone is a message too. */
export interface SseMessage {
  id?: string;
  event?: string;
  data?: string;
  comment?: string;
}

/** Parses a stream as browsers do, but keeps comments. Leaving the loop ends the request. */
export async function* readSse(response: Response): AsyncGenerator<SseMessage, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks.map(parseBlock).filter((message) => Object.keys(message).length > 0);
  }
  if (rest.trim() !== '') throw new Error(`the stream ended within a message: ${JSON.stringify(rest)}`);
}

function parseBlock(block: string): SseMessage {
  const message: SseMessage = {};
  for (const line of block.split('\n')) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (line.startsWith(':')) message.comment = value;
    else if (name === 'data') message.data = message.data === undefined ? value : `${message.data}\n${value}`;
    else if (name === 'id' || name === 'event') message[name] = value;
  }
  return message;
}
