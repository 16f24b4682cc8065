// The one place where a screen's question becomes an HTTP request.

import { siteHeader } from './scope';

const base = '/api/v1';

/** A Problem is an answer of the API that is not a success (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly traceId: string,
    readonly places: { pointer: string; detail: string }[],
    readonly reason = '',
    readonly values: Readonly<Record<string, string>> = {},
  ) {
    super(detail || title);
    this.name = 'Problem';
  }
}

type Value = string | number | boolean | undefined;
export type Query = Readonly<Record<string, Value>>;

interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  query?: Query;
  body?: unknown;
  ifMatch?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** address writes the URL of an operation. */
export function address(path: string, query: Query = {}): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') q.set(name, String(value));
  }
  const text = q.toString();
  return base + path + (text ? `?${text}` : '');
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? Reflect.get(of, name) : undefined;
}

function text(of: unknown, name: string): string {
  const v = field(of, name);
  return typeof v === 'string' ? v : '';
}

/** problemOf reads what went wrong from an answer, whatever its body. */
export function problemOf(status: number, body: unknown, traceId = ''): Problem {
  const places = field(body, 'errors');
  return new Problem(
    status,
    text(body, 'code') || `http-${status}`,
    text(body, 'title') || `HTTP ${status}`,
    text(body, 'detail'),
    text(body, 'traceId') || traceId,
    Array.isArray(places)
      ? places.map((p: unknown) => ({
          pointer: text(p, 'pointer') || text(p, 'location'),
          detail: text(p, 'detail') || text(p, 'message'),
        }))
      : [],
    text(body, 'reason'),
    (field(body, 'values') as Record<string, string> | undefined) ?? {},
  );
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const kind = response.headers.get('content-type') ?? '';
  if (kind.includes('json')) return response.json();
  return response.text();
}

/** Called with each problem that says that nobody is signed in any more. */
let signedOut: () => void = () => undefined;
export function onSignedOut(tell: () => void): void {
  signedOut = tell;
}

/** call asks the API and returns its answer, or throws a Problem. */
export async function call<T>(path: string, request: Request = {}): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json', ...siteHeader(path, request.method ?? 'GET'), ...request.headers };
  if (request.body !== undefined) {
    headers['content-type'] =
      request.method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  }
  if (request.ifMatch) headers['if-match'] = request.ifMatch;
  const response = await fetch(address(path, request.query), {
    method: request.method ?? 'GET',
    headers,
    body: request.body === undefined ? undefined : JSON.stringify(request.body),
    signal: request.signal,
    credentials: 'same-origin',
  });
  const body = await bodyOf(response);
  if (!response.ok) {
    const problem = problemOf(response.status, body, response.headers.get('x-trace-id') ?? '');
    if (response.status === 401 && path !== '/session') signedOut();
    throw problem;
  }
  // The answer has the shape that the generated types promise; the document
  // they come from is made by the server itself.
  return body as T;
}
