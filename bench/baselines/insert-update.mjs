// L4: what a bare "store it, do it, store the result" costs: one INSERT and one UPDATE, each its own durable commit, nothing grouped.
import { Pool } from 'pg';
import { v7 } from 'uuid';
import { serve } from './serve.mjs';

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
await pool.query('create table if not exists tasks (id uuid primary key, body json not null, status text not null)');

await serve(async (body) => {
  const id = v7();
  await pool.query('insert into tasks (id, body, status) values ($1, $2, $3)', [id, body, 'running']);
  await pool.query('update tasks set status = $2 where id = $1', [id, 'completed']);
  return { id, status: 'completed' };
});
