/** The door `millrace/outbox`: exactly-once for any target with transactions, and keys for receivers that remember them. */
export { outbox, type OutboxOptions } from './outbox.js';
export { withIdempotencyKeys, type KeyedDelivery, type WithIdempotencyKeysOptions } from './with-idempotency-keys.js';
export { idempotencyKey } from './idempotency-key.js';
