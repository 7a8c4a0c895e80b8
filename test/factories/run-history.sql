-- A history of runs as it grows in ninety days: $2 runs of organization $1 by the workflows $3 (uuid[], the first has most runs), the last one
-- at $4, all of the version $5. 95 % complete. What is rare is so in the way that is hardest for a list: the first workflow never fails and has no tests, cancelled
-- runs and those of schedules are all old, and three that timed out are the oldest of all.
with run as (
  select n, n::numeric / $2::int as age, abs(hashint4(n)) % 1000 as dice, abs(hashint4(-n)) % 1000 as die,
    (extract(epoch from $4::timestamptz) * 1000)::bigint - ($2::int - n)::bigint * (90 * 86400000::bigint / $2::int) as ms
  from generate_series(1, $2::int) n
), placed as (
  select *, 1 + floor(power(dice / 1000.0, 3) * cardinality($3::uuid[]))::int as place from run
), told as (
  select *,
    case
      when n > $2::int - 20 then 'queued' when n > $2::int - 30 then 'running' when n > $2::int - 50 then 'waiting'
      when n <= 3 then 'timed_out' when place = 1 then 'completed' when die < 100 then 'failed'
      when die < 200 and age < 0.1 then 'cancelled' else 'completed'
    end as status,
    case
      when place = 1 then 'api' when die % 100 < 3 then 'test' when die % 100 < 5 then 'webhook'
      when die % 100 < 10 and age < 0.1 then 'schedule' else 'api'
    end as trigger
  from placed
), inserted as (
  insert into app.runs (
    organization_id, id, workflow_id, version_id, workflow_version, status, trigger, input, output, error, last_seq, max_duration_ms,
    created_at, due_at, deadline_at, started_at, completed_at
  )
  select $1::uuid,
    (lpad(to_hex(ms), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
    ($3::uuid[])[place], $5::uuid, 1, status, trigger, '{"items":[{"quantity":2,"price":1999},{"quantity":1,"price":500}]}',
    case when status = 'completed' then '{"subtotal":4498,"tax":359.84,"total":4857.84}'::json end,
    case when status in ('failed', 'timed_out', 'cancelled') then json_build_object('code', 'STEP_ERROR', 'message', 'The server answered 500') end,
    1, 3600000, to_timestamp(ms / 1000.0),
    case when status in ('queued', 'running', 'waiting') then 'infinity'::timestamptz end,
    case when status in ('queued', 'running', 'waiting') then 'infinity'::timestamptz end,
    case when status <> 'queued' then to_timestamp(ms / 1000.0) end,
    case when status not in ('queued', 'running', 'waiting') then to_timestamp(ms / 1000.0) + interval '4 ms' end
  from told order by n
  returning organization_id, id, created_at
)
insert into app.run_events (organization_id, run_id, last_seq, events)
select organization_id, id, 1, json_build_array(json_build_object('type', 'run.queued', 'at', created_at)) from inserted
