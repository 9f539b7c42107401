/** Ten transactions of a thousand rows. Numbers that repeat themselves: no clock, no chance. */
const transactions = Array.from(
  { length: 10 },
  (_, batch) => `begin;
    with recursive n(i) as (select ${batch * 1000 + 1} union all select i + 1 from n where i < ${(batch + 1) * 1000})
    insert into orders(id, customer, amount, note)
      select i, (i * 7919) % 97, (i * 104729) % 10007 / 100.0, printf('%X', i * 2654435761) || substr('abcdefghij', i % 10, 3) from n;
    commit;`,
);

/** Makes the tables and fills them: 10,000 rows. */
export const fill = `create table customers(id integer primary key, name text not null unique);
  create table orders(id integer primary key, customer references customers, amount real, note text);
  create index by_customer on orders(customer, amount);
  with recursive n(i) as (select 0 union all select i + 1 from n where i < 96)
    insert into customers select i, 'customer ' || i from n;
  ${transactions.join('\n')}`;

/** Each prints what it finds; most sort or compute. */
export const queries = [
  'select count(*), sum(id), min(amount), max(amount), round(avg(amount), 6), sum(length(note)) from orders',
  `select name, count(*), round(sum(amount), 2) from orders join customers on customers.id = customer
    group by customer having count(*) > 103 order by 3 desc, 1 limit 10`,
  "select id, note from orders where note like '%F_a%' or note glob '*C?b*' order by note desc, id limit 10",
  `select id, rank() over (order by amount desc, id), round(sum(amount) over (order by id rows 3 preceding), 2)
    from orders where customer = 5 order by id limit 10`,
  `with recursive walk(i, text) as (select 1, '1' union all select i * 3 % 101, text || ',' || (i * 3 % 101) from walk where length(text) < 200)
    select max(length(text)), group_concat(i, ' ') from walk`,
  `select json_extract('{"a":[1,{"b":"deep"}]}', '$.a[1].b'), json_group_array(id) from orders where id < 6`,
  "select printf('%08.3f %s %x', 3.14159, upper('text'), 255), replace('a-b-c', '-', '+'), coalesce(null, 'first'), typeof(1.0), abs(-5)",
  "select date('2020-02-28', '+2 days'), strftime('%Y-%W %j', '2021-12-31'), julianday('2000-01-01 18:00:00')",
  'select count(*), count(distinct a.customer) from orders as a join orders as b on b.id = a.id - 1 and a.amount > b.amount',
];

/** Changes that are kept, and ones that are not. */
export const change = `begin; delete from orders where id % 2 = 0; savepoint inner;
  update orders set note = 'gone'; rollback to inner; commit;
  begin; delete from orders; rollback;
  update orders set amount = amount + 1 where customer < 10; vacuum; analyze; reindex;`;

export const check =
  'pragma integrity_check; pragma foreign_key_check; select count(*), round(sum(amount), 2) from orders';
