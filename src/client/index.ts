/** The door `millrace/client`: served views, typed, from a browser or from Node. It imports nothing of either. */
export { client, type Client, type ClientChanges, type ClientOptions, type ClientQuery, type ClientView } from './client.js';
export { ViewError } from './view-error.js';
