import { describe, expect, it } from 'vitest';
import { MillraceError, TimeoutError } from 'millrace';
import { PostgresError } from 'millrace/postgres';
import { kindOf, toldOf } from '../../../src/connectors/postgres/error.js';
import { serverError } from './driver.js';

describe('errors of PostgreSQL', () => {
  it.each([
    ['22P02', 'row'],
    ['23505', 'row'],
    ['21000', 'row'],
    ['44000', 'row'],
    ['P0001', 'row'],
    ['54000', 'row'],
    ['40001', 'again'],
    ['40P01', 'again'],
    ['55P03', 'again'],
    ['57014', 'again'],
    ['53100', 'again'],
    ['57P01', 'broken'],
    ['08006', 'broken'],
    ['53300', 'broken'],
    ['25006', 'broken'],
    ['42703', 'refused'],
    ['42501', 'refused'],
    ['28P01', 'refused'],
    ['3D000', 'refused'],
    ['XX000', 'refused'],
  ])('%s: %s', (state, kind) => expect(kindOf(serverError(state, 'x'))).toBe(kind));

  it.each([
    [Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }), 'broken'],
    [new Error('Connection terminated unexpectedly'), 'broken'],
    [new Error('Client has encountered a connection error and is not queryable'), 'broken'],
    [new TimeoutError('x', 1), 'broken'],
    [new PostgresError('postgres-unreachable', 'x'), 'broken'],
    [new PostgresError('postgres-row', 'x'), 'row'],
    [new MillraceError('fenced', 'x'), 'refused'],
    [Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'refused'],
    [new TypeError('x is not a function'), 'refused'],
    [undefined, 'refused'],
  ])('%s: %s', (cause, kind) => expect(kindOf(cause)).toBe(kind));

  it('keep what may be told: code, column, constraint', () => {
    const told = toldOf(serverError('23505', 'duplicate key value violates unique constraint "users_email"', { detail: 'Key (email)=(bob@x) already exists.', constraint: 'users_email', table: 'users' }));
    expect(told).toMatchObject({ code: 'postgres-row', sqlState: '23505', constraint: 'users_email' });
    expect(told.message).toBe('PostgreSQL refused the record: duplicate key value violates unique constraint "users_email" (constraint "users_email", SQLSTATE 23505).');
    expect(told.cause).toBeUndefined();
  });

  it('drop what may quote a value, whatever the language', () => {
    const told = toldOf(serverError('22P02', 'ungültige Eingabesyntax für Typ integer: »bob@x«', { where: 'COPY users, line 1, column age: "bob@x"', detail: 'bob@x', hint: 'bob@x' }));
    expect(told).toMatchObject({ column: 'age' });
    expect(JSON.stringify({ ...told, message: told.message })).not.toContain('bob');
    expect(toldOf(serverError('P0001', 'bob@x is banned')).message).not.toContain('bob');
  });
});
