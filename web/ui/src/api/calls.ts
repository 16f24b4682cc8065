// Every question that a screen asks, one line each. Paths, bodies and answers
// are those of the generated types: a change of the API is a compile error.

import { address, call, problemOf, type Query } from './client';
import { type Answer, type Body, type DevicePatch, type ImportKind, type Job, list, type ListColumns, type ListKind, type ListQuery, type Operation } from './types';

type Signal = AbortSignal | undefined;
type Fill = Readonly<Record<string, string | number>>;

/** at fills the names in a path. */
function at(path: string, fill: Fill): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(fill[name] ?? '')));
}

function get<P extends Operation<'get'>>(path: P, signal?: Signal, fill: Fill = {}) {
  return call<Answer<P>>(at(path, fill), { signal });
}

function rows<P extends Operation<'get'>>(path: P, fill: Fill = {}) {
  return (q: ListQuery, signal?: Signal) => call<Answer<P>>(at(path, fill), { query: { ...q }, signal });
}

interface More {
  fill?: Fill;
  version?: number; // the version that was seen, for If-Match
  headers?: Record<string, string>;
}

function send<M extends 'post' | 'put' | 'patch' | 'delete', P extends Operation<M>>(method: M, path: P, body?: Body<P, M>, more: More = {}) {
  return call<Answer<P, M>>(at(path, more.fill ?? {}), {
    method: upper[method],
    body,
    ifMatch: more.version === undefined ? undefined : `"${more.version}"`,
    headers: more.headers,
  });
}
const upper = { post: 'POST', put: 'PUT', patch: 'PATCH', delete: 'DELETE' } as const;

export const api = {
  session: (signal?: Signal) => get('/session', signal),
  signIn: (username: string, password: string, code?: string) => send('post', '/session', code ? { username, password, code } : { username, password }),
  signOut: () => send('delete', '/session'),
  changePassword: (current: string, next: string) => send('put', '/session/password', { current, new: next }),
  beginSecondFactor: (code?: string) => send('post', '/session/second-factor', undefined, { headers: code ? { 'second-factor': code } : {} }),
  confirmSecondFactor: (code: string) => send('put', '/session/second-factor', { code }),

  setup: (signal?: Signal) => get('/setup', signal),
  summary: (signal?: Signal) => get('/summary', signal),

  devices: rows('/devices'),
  deviceFacets: (fields: string, filter: string, signal?: Signal) => call<Answer<'/devices/facets'>>('/devices/facets', { query: { fields, filter }, signal }),
  association: (id: string, signal?: Signal) => get('/devices/{id}/association', signal, { id }),
  revealAssociation: (id: string, purpose: string) => send('post', '/devices/{id}/association/reveal', { purpose }, { fill: { id } }),
  holdAssociation: (id: string, hold: boolean, reason: string) => send('post', '/devices/{id}/association/legal-hold', { hold, reason }, { fill: { id } }),
  device: (id: string, signal?: Signal) => get('/devices/{id}', signal, { id }),
  timeline: (id: string, signal?: Signal) => get('/devices/{id}/timeline', signal, { id }),
  conversations: (id: string, signal?: Signal) => get('/devices/{id}/conversations', signal, { id }),
  exposures: (id: string, signal?: Signal) => get('/devices/{id}/exposures', signal, { id }),
  deviceChanges: (id: string, signal?: Signal) => get('/devices/{id}/changes', signal, { id }),
  undoDeviceChange: (id: string, change: string) => send('post', '/devices/{id}/changes/{change}/undo', undefined, { fill: { id, change } }),
  links: (id: string, signal?: Signal) => get('/devices/{id}/links', signal, { id }),
  utilisation: (id: string, signal?: Signal) => get('/devices/{id}/utilisation', signal, { id }),
  behaviour: (id: string, signal?: Signal) => get('/devices/{id}/behaviour', signal, { id }),
  freeze: (id: string) => send('post', '/devices/{id}/behaviour/freeze', undefined, { fill: { id } }),
  unidentified: rows('/unidentified'),
  identify: (id: string, answer: Body<'/devices/{id}/identify', 'post'>) => send('post', '/devices/{id}/identify', answer, { fill: { id } }),
  undoAnswer: (id: string) => send('post', '/answers/{id}/undo', undefined, { fill: { id } }),
  reconciliation: (signal?: Signal) => get('/reconciliation', signal),
  unmatched: (side: 'unlisted' | 'silent') => rows('/reconciliation/{side}', { side }),
  differences: rows('/reconciliation/differences'),
  corrections: rows('/corrections'),
  outbox: (signal?: Signal) => get('/corrections/outbox', signal),
  sendCorrections: (keys: string[], dryRun: boolean) => send('post', '/corrections/send', { keys, dryRun }),
  sendWorkOrders: (order: Body<'/work-orders', 'post'>) => send('post', '/work-orders', order),
  writtenBack: rows('/written-back'),
  coverage: (signal?: Signal) => get('/coverage', signal),
  locations: rows('/locations'),
  addLocation: (place: Body<'/locations', 'post'>) => send('post', '/locations', place),
  changeLocation: (id: string, version: number, place: Body<'/locations/{id}', 'put'>) => send('put', '/locations/{id}', place, { fill: { id }, version }),
  removeLocation: (id: string, version: number) => send('delete', '/locations/{id}', undefined, { fill: { id }, version }),
  changeDevice: (id: string, version: number, patch: DevicePatch) => send('patch', '/devices/{id}', patch, { fill: { id }, version }),
  mergeDevices: (ids: string[], reason: string, despiteSerials = false) => send('post', '/devices/merge', { ids, reason, despiteSerials }),
  splitDevice: (id: string, version: number, how: Body<'/devices/{id}/split', 'post'>) => send('post', '/devices/{id}/split', how, { fill: { id }, version }),

  sensors: rows('/sensors'),
  sensor: (name: string, signal?: Signal) => get('/sensors/{name}', signal, { name }),
  sensorCoverage: (name: string, from: string, step: number, signal?: Signal) => call<Answer<'/sensors/{name}/coverage'>>(at('/sensors/{name}/coverage', { name }), { query: { from, step }, signal }),
  enrolSensor: (ask: Body<'/sensors', 'post'>) => send('post', '/sensors', ask),
  revokeSensor: (name: string, why: string) => send('post', '/sensors/{name}/revoke', { why }, { fill: { name } }),

  findings: rows('/findings'),
  finding: (id: string, signal?: Signal) => get('/findings/{id}', signal, { id }),
  decide: (how: Body<'/findings/decisions', 'post'>) => send('post', '/findings/decisions', how),
  advisory: (id: string, signal?: Signal) => get('/advisories/{id}', signal, { id }),
  controls: (signal?: Signal) => get('/controls', signal),
  bindControl: (control: Body<'/controls', 'post'>) => send('post', '/controls', control),
  retireControl: (id: string) => send('delete', '/controls/{id}', undefined, { fill: { id } }),
  bills: rows('/bills'),
  billGraph: (id: string, component: number, offset: number, limit: number, signal?: Signal) =>
    call<Answer<'/bills/{id}/graph'>>(at('/bills/{id}/graph', { id }), { query: { component, offset, limit }, signal }),
  billHistory: (id: string, signal?: Signal) => call<Answer<'/bills/{id}/history'>>(at('/bills/{id}/history', { id }), { signal }),
  billDiff: (id: string, from: string, signal?: Signal) => call<Answer<'/bills/{id}/diff'>>(at('/bills/{id}/diff', { id }), { query: { from }, signal }),
  components: (id: string) => rows('/bills/{id}/components', { id }),
  models: rows('/models'),
  feeds: (signal?: Signal) => get('/feeds', signal),
  syncFeed: (name: string) => send('post', '/feeds/{name}/sync', undefined, { fill: { name } }),
  mappings: rows('/mappings'),
  mapping: (name: string, signal?: Signal) => get('/mappings/{name}', signal, { name }),
  saveMapping: (mapping: Body<'/mappings', 'post'>) => send('post', '/mappings', mapping),
  tryMapping: (attempt: Body<'/mappings/preview', 'post'>, signal?: Signal) =>
    call<Answer<'/mappings/preview', 'post'>>('/mappings/preview', { method: 'POST', body: attempt, signal }),
  retireMapping: (name: string) => send('delete', '/mappings/{name}', undefined, { fill: { name } }),
  recalls: rows('/recalls'),
  lifecycle: rows('/lifecycle'),

  ledger: rows('/ledger'),
  modelRecord: (manufacturer: string, model: string, signal?: Signal) => call<Answer<'/ledger/record'>>('/ledger/record', { query: { manufacturer, model }, signal }),
  saveModelRecord: (record: Body<'/ledger/record', 'put'>) => send('put', '/ledger/record', record),
  forecast: (years: number, on: string, signal?: Signal) => call<Answer<'/lifecycle/forecast'>>('/lifecycle/forecast', { query: { years, on }, signal }),
  recallWork: rows('/recalls/worklist'),
  answerRecalls: (ids: string[], state: Body<'/recalls/worklist', 'post'>['state'], note: string) => send('post', '/recalls/worklist', { ids, state, note }),
  documents: (subject: string, signal?: Signal) => call<Answer<'/documents'>>('/documents', { query: { subject }, signal }),

  purchases: rows('/purchases'),
  purchase: (id: string, signal?: Signal) => get('/purchases/{id}', signal, { id }),
  openPurchase: (purchase: Body<'/purchases', 'post'>) => send('post', '/purchases', purchase),
  assessPurchase: (id: string) => send('post', '/purchases/{id}/assess', undefined, { fill: { id } }),
  acceptDeviation: (id: string, rule: string, reason: string, expires: string) => send('post', '/purchases/{id}/deviations', { rule, reason, expires }, { fill: { id } }),
  decidePurchase: (id: string, choice: 'approved' | 'declined' | 'closed', reason: string) => send('post', '/purchases/{id}/decision', { choice, reason }, { fill: { id } }),
  secondPurchase: (id: string, agree: boolean) => send('post', '/purchases/{id}/second', { agree }, { fill: { id } }),
  contradictions: rows('/contradictions'),
  statements: rows('/mds2'),
  statement: (id: string, signal?: Signal) => get('/mds2/{id}', signal, { id }),
  statementDiff: (id: string, from: string, signal?: Signal) => call<Answer<'/mds2/{id}/diff'>>(at('/mds2/{id}/diff', { id }), { query: { from }, signal }),
  policy: (signal?: Signal) => get('/procurement/policy', signal),
  tryPolicy: (text: string, signal?: Signal) => call<Answer<'/procurement/policy/try', 'post'>>('/procurement/policy/try', { method: 'POST', body: { text }, signal }),
  setPolicy: (text: string) => send('put', '/procurement/policy', { text }),
  policyDiff: (id: string, from: string, signal?: Signal) => call<Answer<'/procurement/policy/{id}/diff'>>(at('/procurement/policy/{id}/diff', { id }), { query: { from }, signal }),
  componentSupport: rows('/lifecycle/components'),
  componentRecord: (name: string, version: string, signal?: Signal) => call<Answer<'/lifecycle/components/record'>>('/lifecycle/components/record', { query: { name, version }, signal }),
  saveComponentRecord: (record: Body<'/lifecycle/components/record', 'put'>) => send('put', '/lifecycle/components/record', record),

  patches: rows('/patches'),
  proposePatches: (ask: Body<'/patches/propose', 'post'>) => send('post', '/patches/propose', ask),
  agreePatch: (id: string, party: 'it' | 'clinical-engineering' | 'unit', agree: boolean) => send('post', '/patches/{id}/consent', { party, agree }, { fill: { id } }),
  exceptPatch: (id: string, reason: string, control: string, expires: string) => send('post', '/patches/{id}/exception', { reason, control, expires }, { fill: { id } }),
  setPatch: (id: string, stage: 'done' | 'cancelled') => send('post', '/patches/{id}/stage', { stage }, { fill: { id } }),
  openCalendar: (what: Body<'/calendars', 'post'>) => send('post', '/calendars', what),

  asOf: (q: { day: string; vulnerability: string; model: string; device: string }, signal?: Signal) => call<Answer<'/asof'>>('/asof', { query: q, signal }),
  sites: (signal?: Signal) => call<Answer<'/devices/facets'>>('/devices/facets', { query: { fields: 'site' }, signal, headers: { 'bedrail-site': '' } }),
  map: (question: Query, signal?: Signal) => call<Answer<'/map'>>('/map', { query: question, signal }),
  jobsBy: rows('/jobs'),
  views: (name: string, signal?: Signal) => call<Answer<'/views'>>('/views', { query: { list: name }, signal }),
  saveView: (view: Body<'/views', 'post'>) => send('post', '/views', view),
  removeView: (id: string) => send('delete', '/views/{id}', undefined, { fill: { id } }),
  setDefaultView: (id: string, on: boolean) => send('put', '/views/{id}/default', { default: on }, { fill: { id } }),
  backupsKept: (signal?: Signal) => get('/backups', signal),
  makeBackup: () => send('post', '/backups'),
  verifyBackup: (id: string) => send('post', '/backups/{id}/verify', undefined, { fill: { id } }),
  targets: rows('/targets'),
  addTarget: (target: Body<'/targets', 'post'>) => send('post', '/targets', target),
  changeTarget: (id: string, version: number, target: Body<'/targets/{id}', 'put'>) => send('put', '/targets/{id}', target, { fill: { id }, version }),
  repositories: (signal?: Signal) => get('/audit/repositories', signal),
  removeTarget: (id: string) => send('delete', '/targets/{id}', undefined, { fill: { id } }),
  testTarget: (id: string) => send('post', '/targets/{id}/test', undefined, { fill: { id } }),
  rotateTarget: (id: string) => send('post', '/targets/{id}/rotate', undefined, { fill: { id } }),
  letters: rows('/letters'),
  retryLetters: (ids: string[]) => send('post', '/letters/retry', { ids }),
  discardLetters: (ids: string[]) => send('post', '/letters/discard', { ids }),
  notices: (signal?: Signal) => get('/notifications', signal),
  readNotices: (ids: string[]) => send('post', '/notifications/read', { ids }),
  changeDevices: (change: Body<'/devices/bulk', 'post'>) => send('post', '/devices/bulk', change),
  undoChangeDevices: (id: string) => send('post', '/devices/bulk/{id}/undo', undefined, { fill: { id } }),
  job: (id: string, signal?: Signal) => get('/jobs/{id}', signal, { id }),

  imports: rows('/imports'),
  saveColumnMapping: (mapping: Body<'/imports/mappings', 'put'>) => send('put', '/imports/mappings', mapping),
  removeColumnMapping: (id: string) => send('delete', '/imports/mappings/{id}', undefined, { fill: { id } }),
  undoImport: (id: string) => send('post', '/imports/{id}/undo', undefined, { fill: { id } }),
  jobs: (signal?: Signal) => get('/jobs', signal),
  resumeJob: (id: string) => send('post', '/jobs/{id}/resume', undefined, { fill: { id } }),
  cancelJob: (id: string) => send('post', '/jobs/{id}/cancel', undefined, { fill: { id } }),

  channels: rows('/channels'),
  channel: (name: string, signal?: Signal) => get('/channels/{name}', signal, { name }),
  setChannelState: (name: string, state: 'running' | 'paused' | 'draining') => send('post', '/channels/{name}/state', { state }, { fill: { name } }),
  importChannels: (text: string, dryRun: boolean) => send('post', '/channel-imports', { export: text, dryRun }),
  channelKinds: (signal?: Signal) => get('/channel-kinds', signal),
  checkChannel: (draft: Body<'/channel-drafts', 'post'>) => send('post', '/channel-drafts', draft),
  addChannel: (definition: Body<'/channels', 'post'>) => send('post', '/channels', definition),
  changeChannel: (name: string, version: number, definition: Body<'/channels/{name}', 'put'>) => send('put', '/channels/{name}', definition, { fill: { name }, version }),
  tryChannel: (name: string, definition: Body<'/channels', 'post'>) => send('post', '/channels/{name}/test', definition, { fill: { name } }),
  testChannel: (name: string) => send('post', '/channels/{name}/test', undefined, { fill: { name } }),
  balance: (signal?: Signal) => get('/messages/ledger', signal),
  messages: rows('/messages'),
  held: (signal?: Signal) => get('/messages/held', signal),
  gaps: (signal?: Signal) => get('/channel-gaps', signal),
  repair: (id: string, repair: Body<'/messages/{id}/repair', 'post'>) => send('post', '/messages/{id}/repair', repair, { fill: { id } }),
  shadowChannels: rows('/shadow-channels'),
  shadowChannel: (id: string, policy: string, signal?: Signal) => call<Answer<'/shadow-channels/{id}'>>(at('/shadow-channels/{id}', { id }), { query: policy ? { policy } : {}, signal }),
  adoptShadow: (id: string, terms: Body<'/shadow-channels/{id}/adopt', 'post'>) => send('post', '/shadow-channels/{id}/adopt', terms, { fill: { id } }),
  feedsQuality: rows('/quality'),
  feedQuality: (id: string, signal?: Signal) => get('/quality/{id}', signal, { id }),
  feedAlerts: rows('/quality-alerts'),
  answerFeedAlert: (id: string, state: 'acknowledged' | 'ended', reason: string) => send('post', '/quality-alerts/{id}/answer', { state, reason }, { fill: { id } }),
  wireAdvice: (signal?: Signal) => get('/quality-wire', signal),
  trace: (id: string, signal?: Signal) => get('/messages/{id}/trace', signal, { id }),
  messageProof: (id: string) => get('/messages/{id}/proof', undefined, { id }),
  account: (spec: Body<'/messages/account', 'post'>) => send('post', '/messages/account', spec),
  replays: rows('/replays'),
  replay: (spec: Body<'/messages/replay', 'post'>) => send('post', '/messages/replay', spec),
  approveReplay: (id: string) => send('post', '/replays/{id}/approve', undefined, { fill: { id } }),
  reveal: (id: string, purpose: string) => send('post', '/messages/{id}/reveal', { purpose }, { fill: { id } }),
  dataRecalls: rows('/data-recalls'),
  dataRecall: (id: string, signal?: Signal) => get('/data-recalls/{id}', signal, { id }),
  openDataRecall: (spec: Body<'/data-recalls', 'post'>) => send('post', '/data-recalls', spec),
  approveDataRecall: (id: string) => send('post', '/data-recalls/{id}/approve', undefined, { fill: { id } }),
  continueDataRecall: (id: string) => send('post', '/data-recalls/{id}/continue', undefined, { fill: { id } }),
  closeDataRecall: (id: string, reason: string) => send('post', '/data-recalls/{id}/close', { reason }, { fill: { id } }),
  answerDataRecall: (id: string, channel: string, destination: string, answer: Body<'/data-recalls/{id}/receivers/{channel}/{destination}', 'post'>) =>
    send('post', '/data-recalls/{id}/receivers/{channel}/{destination}', answer, { fill: { id, channel, destination } }),
  stewardship: rows('/stewardship'),
  setStewardship: (name: string, to: Body<'/stewardship/{name}', 'put'>) => send('put', '/stewardship/{name}', to, { fill: { name } }),
  releases: rows('/releases'),
  releasePlaces: rows('/release-places'),
  forgetReleaseKey: (name: string, to: Body<'/releases/{name}/forget-key', 'post'>) => send('post', '/releases/{name}/forget-key', to, { fill: { name } }),
  release: (name: string, signal?: Signal) => get('/releases/{name}', signal, { name }),
  putRelease: (name: string, to: Body<'/releases/{name}', 'put'>) => send('put', '/releases/{name}', to, { fill: { name } }),
  agreeRelease: (name: string, version: number) => send('post', '/releases/{name}/agree', { version }, { fill: { name } }),
  runRelease: (name: string, spec: Body<'/releases/{name}/run', 'post'>) => send('post', '/releases/{name}/run', spec, { fill: { name } }),
  released: (name: string, signal?: Signal) => call<Answer<'/released'>>('/released', { query: { name }, signal }),
  audit: rows('/audit'),
  checkpoint: (signal?: Signal) => get('/audit/checkpoint', signal),
  auditKey: (signal?: Signal) => get('/audit/key', signal),
  startVerifyAudit: () => send('post', '/audit/verify'),
  verifyAudit: () => get('/audit/verify'),
  proof: (seq: number) => get('/audit/{seq}/proof', undefined, { seq }),

  users: rows('/users'),
  addUser: (user: Body<'/users', 'post'>) => send('post', '/users', user),
  changeUser: (id: string, version: number, patch: Body<'/users/{id}', 'patch'>) => send('patch', '/users/{id}', patch, { fill: { id }, version }),
  roles: (signal?: Signal) => get('/roles', signal),
  tokens: async (q: ListQuery, signal?: Signal) => {
    // The list of tokens is short and comes whole.
    const all = list((await get('/tokens', signal)).items);
    const from = q.offset ?? 0;
    return { items: all.slice(from, from + (q.limit ?? all.length)), total: all.length };
  },
  addToken: (token: Body<'/tokens', 'post'>) => send('post', '/tokens', token),
  revokeToken: (id: string) => send('delete', '/tokens/{id}', undefined, { fill: { id } }),
  system: (signal?: Signal) => get('/system', signal),
  demo: (signal?: Signal) => get('/demo', signal),
  stageDemo: (name: string) => send('post', '/demo/events/{name}', undefined, { fill: { name } }),
};

/** post sends a file as it is. */
async function post(path: string, query: Query, file: File): Promise<unknown> {
  const response = await fetch(address(path, query), {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', accept: 'application/json' },
    body: file,
    credentials: 'same-origin',
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw problemOf(response.status, answer);
  return answer;
}

/** attach sends a file that belongs to something. */
export async function attach(subject: string, file: File): Promise<void> {
  await post('/documents', { subject, name: file.name }, file);
}

/** lookAtColumns asks what the columns of a list seem to hold. */
export async function lookAtColumns(kind: ListKind, file: File): Promise<ListColumns> {
  return (await post('/imports/columns', { kind, name: file.name }, file)) as ListColumns;
}

/** What an import needs besides the file itself. */
export interface ImportOptions {
  kind: ImportKind;
  name: string;
  manufacturer?: string;
  model?: string;
  version?: string;
  site?: string;
  authority?: string;
  mapping?: string;
  dryRun?: boolean;
}

/**
 * upload streams a file to the server and tells how many bytes have gone.
 * fetch cannot tell that, hence the older interface.
 */
export function upload(file: File, options: ImportOptions, tell: (sent: number) => void, signal: AbortSignal): Promise<Job> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', address('/imports', { ...options }));
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.setRequestHeader('accept', 'application/json');
    request.responseType = 'json';
    request.upload.onprogress = (e) => tell(e.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(request.response as Job);
      else reject(problemOf(request.status, request.response));
    };
    request.onerror = () => reject(new TypeError('network'));
    request.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}
