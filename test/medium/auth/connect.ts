import { DataSource } from 'typeorm';
import { ApiKeyEntity } from '../../../src/modules/auth/index.js';
import { MembershipEntity, OrganizationEntity, UserEntity } from '../../../src/modules/organizations/index.js';
import { dataSourceOptions } from '../../../src/platform/database/data-source.js';
import { Database } from '../../../src/platform/database/index.js';

/** One process's view of a test database: its own connections, its own memory. */
export interface Connected {
  database: Database;
  close: () => Promise<void>;
}

export async function connect(url: string): Promise<Connected> {
  const entities = [OrganizationEntity, UserEntity, MembershipEntity, ApiKeyEntity];
  const options = dataSourceOptions({ url, poolSize: 10, applicationName: 'test' }, entities);
  const dataSource = await new DataSource(options).initialize();
  return { database: new Database(dataSource), close: () => dataSource.destroy() };
}
