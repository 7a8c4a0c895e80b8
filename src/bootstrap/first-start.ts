import { Injectable } from '@nestjs/common';
import { formatId } from '#libs/ids';
import { ApiKeys, SCOPES } from '../modules/auth/index.js';
import { Organizations } from '../modules/organizations/index.js';
import { MoveWorkflow, SaveWorkflow } from '../modules/workflows/index.js';
import { Settings } from '../platform/config/index.js';
import { Database } from '../platform/database/index.js';
import { EXAMPLE_WORKFLOW } from './example-workflow.js';

/** What the first start made, to be shown once. */
export interface FirstStartResult {
  /** The administrator's key in clear text. */
  key: string;
  /** Id of the example workflow, as the API prints it. */
  workflowId: string;
}

/** Makes an empty server usable: an organization, its administrator with a key, and an example workflow. */
@Injectable()
export class FirstStart {
  constructor(
    private readonly database: Database,
    private readonly organizations: Organizations,
    private readonly keys: ApiKeys,
    private readonly saver: SaveWorkflow,
    private readonly mover: MoveWorkflow,
    private readonly settings: Settings,
  ) {}

  /** Null when the server has been set up before, here or by another process. */
  async execute(): Promise<FirstStartResult | null> {
    if (await this.organizations.exists()) return null;
    const made = await this.database.transaction(async (tx) => {
      const owner = await this.organizations.createFirst(tx, { name: 'Default', owner: { name: 'Administrator' } });
      if (!owner) return null;
      const { key } = await this.keys.issue(tx, {
        ...owner,
        name: 'Administrator',
        scopes: SCOPES,
        ...this.givenKey(),
      });
      return { ...owner, key };
    });
    if (!made) return null;
    const id = await this.saver.create(made, EXAMPLE_WORKFLOW);
    await this.mover.execute(made.organizationId, id, 'activate');
    return { key: made.key, workflowId: formatId('wf', id) };
  }

  private givenKey(): { key?: string } {
    return this.settings.BOOTSTRAP_API_KEY === undefined ? {} : { key: this.settings.BOOTSTRAP_API_KEY };
  }
}
