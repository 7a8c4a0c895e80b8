import { type AgentAnswer, type AgentRefusal, type AgentRequest, AgentRunner } from '#libs/agents';
import { type Artifact, type ArtifactHead, ArtifactStore } from '#libs/artifacts';
import {
  ConnectionAbsent,
  type ConnectionChoice,
  ConnectionFailure,
  ConnectionVault,
  type OpenConnection,
} from '#libs/connector-kit';
import { PlatformApi, type PlatformAnswer, type PlatformRefusal, type PlatformRequest } from '#libs/platform-api';
import { EmailTemplates, type EmailTemplateTexts } from '#libs/email-templates';

/** Connections in memory. A connection with `next` credentials is renewed to them; any other cannot be. */
export class MemoryVault extends ConnectionVault {
  readonly connections: (OpenConnection & { next?: OpenConnection['credentials'] })[] = [];

  add(
    connection: Partial<OpenConnection> & Pick<OpenConnection, 'provider'> & { next?: OpenConnection['credentials'] },
  ): void {
    const number = this.connections.length + 1;
    this.connections.push({
      id: `connection-${number}`,
      name: `${connection.provider} ${number}`,
      credentials: {},
      settings: {},
      ...connection,
    });
  }

  override async open({ provider, named, chosen }: ConnectionChoice): Promise<OpenConnection> {
    const own = this.connections.filter((connection) => connection.provider === provider);
    if (named !== null) {
      const found = own.find(({ id, name }) => id === named || name === named);
      if (!found) throw new ConnectionFailure(`There is no connection "${named}" of ${provider}`);
      return found;
    }
    const picked = own.find(({ id }) => id === chosen);
    if (picked) return picked;
    const [only, ...more] = own;
    if (!only) throw new ConnectionAbsent(`There is no connection of ${provider}`);
    if (more.length > 0) throw new ConnectionFailure(`There are several connections of ${provider}; name one`);
    return only;
  }

  override async renew(_organizationId: string, { id, name }: OpenConnection): Promise<OpenConnection> {
    const connection = this.connections.find((known) => known.id === id);
    if (!connection?.next) throw new ConnectionFailure(`The connection "${name}" cannot be renewed`);
    return { ...connection, credentials: connection.next };
  }
}

/** The agent that says what it is told; there is no agent `nobody`. */
export class MemoryAgents extends AgentRunner {
  override async answer({ agentId, message, signal }: AgentRequest): Promise<AgentAnswer | AgentRefusal> {
    if (signal.aborted) return { refused: { code: 'ABORTED', message: 'The run ended.' }, retryable: false };
    if (agentId === 'nobody') {
      return { refused: { code: 'AGENT_NOT_FOUND', message: 'There is no agent nobody' }, retryable: false };
    }
    const words = message.split(' ').length;
    const usage = { input_tokens: words, output_tokens: words, total_tokens: 2 * words };
    return { text: message, model: 'echo', usage };
  }
}

/** The API that answers with what it is asked; what has the id `secret` is forbidden. */
export class MemoryApi extends PlatformApi {
  override async call(request: PlatformRequest): Promise<PlatformAnswer | PlatformRefusal> {
    const { resource, operation, id, body, params } = request;
    return this.refusal(id) ?? { status: 200, body: { resource, operation, id, body, params } };
  }

  override async mayRun(_run: object, workflowId: string): Promise<PlatformRefusal | null> {
    return this.refusal(workflowId);
  }

  private refusal(id: string | null): PlatformRefusal | null {
    if (id !== 'secret') return null;
    return { refused: { code: 'FORBIDDEN', message: 'The API key lacks a scope' }, retryable: false };
  }
}

export class MemoryArtifacts extends ArtifactStore {
  readonly artifacts = new Map<string, Artifact>();

  override async save({ runId }: { runId: string }, artifact: Omit<Artifact, 'size'>): Promise<ArtifactHead> {
    const kept = { ...artifact, size: artifact.content.length };
    this.artifacts.set(`${runId} ${artifact.name}`, kept);
    const { content: _content, ...head } = kept;
    return head;
  }

  override async find(_organizationId: string, runId: string, name: string): Promise<Artifact | null> {
    return this.artifacts.get(`${runId} ${name}`) ?? null;
  }
}

export class MemoryTemplates extends EmailTemplates {
  readonly templates = new Map<string, EmailTemplateTexts>();

  override async find(_organizationId: string, reference: string): Promise<EmailTemplateTexts | null> {
    return this.templates.get(reference) ?? null;
  }
}
