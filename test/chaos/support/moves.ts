import type { RunStatus } from '../../../src/modules/runs/run.status.js';

/** A change of a run's status, in the order in which they were committed for that run. */
export interface Move {
  run_id: string;
  from: RunStatus | null;
  to: RunStatus;
}

/** Makes the database itself record every change of a run's status, so that none can be missed between two looks. */
export const RECORD_MOVES = `
create schema chaos;
create table chaos.moves (number bigserial primary key, run_id uuid not null, moved_from text, moved_to text not null);
create function chaos.record_move() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into chaos.moves (run_id, moved_to) values (new.id, new.status);
  elsif old.status <> new.status then
    insert into chaos.moves (run_id, moved_from, moved_to) values (new.id, old.status, new.status);
  end if;
  return null;
end $$;
create trigger chaos_moves after insert or update of status on app.runs for each row execute function chaos.record_move()`;

export const READ_MOVES = `
select run_id, moved_from as "from", moved_to as "to" from chaos.moves order by number`;
