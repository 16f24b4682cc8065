// Every question that a screen asks, one line each.

import { address, call, problemOf } from './client';
import type {
  AuditEntry,
  AuditVerification,
  Bill,
  Checkpoint,
  Component,
  Conversation,
  Count,
  Device,
  DeviceSummary,
  Exposure,
  Feed,
  Finding,
  FindingDetail,
  ImportKind,
  InclusionProof,
  Job,
  Lifecycle,
  List,
  ListQuery,
  ModelRow,
  Page,
  Recall,
  RoleGrant,
  RoleTable,
  Session,
  SetupStep,
  Summary,
  SystemState,
  TimelineEntry,
  Token,
  User,
} from './types';

type Items<T> = { items: List<T> };
type Signal = AbortSignal | undefined;
const at = encodeURIComponent;

function listOf<T>(path: string) {
  return (q: ListQuery, signal?: Signal) => call<Page<T>>(path, { query: { ...q }, signal });
}

export const api = {
  session: (signal?: Signal) => call<Session>('/session', { signal }),
  signIn: (username: string, password: string, code?: string) =>
    call<Session>('/session', { method: 'POST', body: code ? { username, password, code } : { username, password } }),
  signOut: () => call<void>('/session', { method: 'DELETE' }),
  changePassword: (current: string, next: string) =>
    call<void>('/session/password', { method: 'PUT', body: { current, new: next } }),
  beginSecondFactor: (code?: string) =>
    call<{ secret: string; uri: string }>('/session/second-factor', { method: 'POST', headers: code ? { 'second-factor': code } : {} }),
  confirmSecondFactor: (code: string) => call<void>('/session/second-factor', { method: 'PUT', body: { code } }),

  setup: (signal?: Signal) => call<Items<SetupStep>>('/setup', { signal }),
  summary: (signal?: Signal) => call<Summary>('/summary', { signal }),

  devices: listOf<DeviceSummary>('/devices'),
  deviceFacets: (fields: string, filter: string, signal?: Signal) =>
    call<{ fields: List<{ field: string; values: List<Count> }> }>('/devices/facets', { query: { fields, filter }, signal }),
  device: (id: string, signal?: Signal) => call<Device>(`/devices/${at(id)}`, { signal }),
  timeline: (id: string, signal?: Signal) => call<Items<TimelineEntry>>(`/devices/${at(id)}/timeline`, { signal }),
  conversations: (id: string, signal?: Signal) =>
    call<Items<Conversation>>(`/devices/${at(id)}/conversations`, { signal }),
  exposures: (id: string, signal?: Signal) => call<Items<Exposure>>(`/devices/${at(id)}/exposures`, { signal }),
  changeDevice: (id: string, version: number, patch: Record<string, unknown>) =>
    call<Device>(`/devices/${at(id)}`, { method: 'PATCH', body: patch, ifMatch: `"${version}"` }),
  mergeDevices: (ids: string[], reason: string) =>
    call<Device>('/devices/merge', { method: 'POST', body: { ids, reason } }),
  splitDevice: (id: string, how: { undo: string } | { macs: string[] }) =>
    call<unknown>(`/devices/${at(id)}/split`, { method: 'POST', body: how }),

  findings: listOf<Finding>('/findings'),
  finding: (id: string, signal?: Signal) => call<FindingDetail>(`/findings/${at(id)}`, { signal }),
  bills: listOf<Bill>('/bills'),
  components: (id: string) => listOf<Component>(`/bills/${at(id)}/components`),
  models: listOf<ModelRow>('/models'),
  feeds: (signal?: Signal) => call<Items<Feed>>('/feeds', { signal }),
  syncFeed: (name: string) => call<Job>(`/feeds/${at(name)}/sync`, { method: 'POST' }),
  recalls: listOf<Recall>('/recalls'),
  lifecycle: listOf<Lifecycle>('/lifecycle'),

  jobs: (signal?: Signal) => call<Items<Job>>('/jobs', { signal }),
  cancelJob: (id: string) => call<Job>(`/jobs/${at(id)}/cancel`, { method: 'POST' }),

  audit: listOf<AuditEntry>('/audit'),
  checkpoint: (signal?: Signal) => call<Checkpoint>('/audit/checkpoint', { signal }),
  verifyAudit: () => call<AuditVerification>('/audit/verify'),
  proof: (seq: number) => call<InclusionProof>(`/audit/${seq}/proof`),

  users: listOf<User>('/users'),
  addUser: (user: { name: string; displayName?: string; roles: { role: string; site?: string; unit?: string }[] }) =>
    call<User>('/users', { method: 'POST', body: user }),
  changeUser: (id: string, version: number, patch: Record<string, unknown>) =>
    call<User>(`/users/${at(id)}`, { method: 'PATCH', body: patch, ifMatch: `"${version}"` }),
  roles: (signal?: Signal) => call<RoleTable>('/roles', { signal }),
  tokens: listOf<Token>('/tokens'),
  addToken: (token: { name: string; roles: RoleGrant[]; expiresAt: string }) =>
    call<Token & { token: string }>('/tokens', { method: 'POST', body: token }),
  revokeToken: (id: string) => call<void>(`/tokens/${at(id)}`, { method: 'DELETE' }),
  system: (signal?: Signal) => call<SystemState>('/system', { signal }),
};

/** What an import needs besides the file itself. */
export interface ImportOptions {
  kind: ImportKind;
  name: string;
  manufacturer?: string;
  model?: string;
  version?: string;
  site?: string;
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
