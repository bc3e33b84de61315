/** The door `millrace/serve`: views over HTTP, on a server of their own or mounted in yours. */
export { serve, type ServeOptions, type Serving } from './serve.js';
export { handler, type NodeHandler } from './handler.js';
export { fetchHandler, type FetchHandler, type FetchHandlerOptions } from './fetch-handler.js';
export type { Limits, ServingOptions } from './options.js';
export type { Authorize, ServeRequest, Verdict } from './admission.js';
export type { KeyOf, ResultOf, ServedViews } from './served-views.js';
