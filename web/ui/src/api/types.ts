// The nouns of the API as screens name them, each taken from the generated
// types of the operation that answers with it.

import type { paths } from './schema';

/** Addresses of the API without their common beginning, by method. */
export type Operation<M extends 'get' | 'post' | 'put' | 'patch' | 'delete'> = {
  [P in keyof paths]: P extends `/api/v1${infer R}` ? (paths[P][M] extends { responses: unknown } ? R : never) : never;
}[keyof paths];

type Of<R extends string, M extends string> = `/api/v1${R}` extends keyof paths
  ? M extends keyof paths[`/api/v1${R}`]
    ? paths[`/api/v1${R}`][M]
    : never
  : never;
type Success<T> = T extends { responses: infer A }
  ? A extends { 200: { content: { 'application/json': infer B } } }
    ? B
    : A extends { 201: { content: { 'application/json': infer B } } }
      ? B
      : A extends { 202: { content: { 'application/json': infer B } } }
        ? B
        : void
  : never;

/** What an operation answers when it succeeds. */
export type Answer<R extends string, M extends string = 'get'> = Success<Of<R, M>>;
/** What an operation takes as its body. */
export type Body<R extends string, M extends string> =
  Of<R, M> extends { requestBody?: { content: infer C } } ? C[keyof C] : undefined;

type Item<R extends string> = Answer<R> extends { items: (infer T)[] } ? T : never;
type Element<L> = NonNullable<L> extends (infer T)[] ? T : never;

export type Status = 'confirmed' | 'likely' | 'candidate' | 'conflict' | 'unknown';
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'none' | 'unknown';
export type Verdict = 'affected' | 'undecidable' | 'not-affected';
export type ImportKind = 'pcap' | 'sbom' | 'vex' | 'cmms' | 'locations' | 'leases' | 'feed' | 'zeek' | 'switch' | 'wlc' | 'cloud' | 'flows' | 'mds2' | 'maintenance';
/** A list from the API; an older server wrote an empty one as null. */
export type List<T> = T[] | null | undefined;

export interface Page<T> {
  items: List<T>;
  nextCursor?: string;
  total: number;
}

export type Session = Answer<'/session'>;
export type RoleGrant = Session['roles'][number];
export type Summary = Answer<'/summary'>;
export type Count = Element<Summary['devices']['byClass']>;
export type UnitExposure = Element<Summary['exposure']['byUnit']>;
export type Feed = Item<'/feeds'>;

export type SensorRow = Item<'/sensors'>;
export type SensorPicture = Answer<'/sensors/{name}/coverage'>;

export type DeviceSummary = Item<'/devices'>;
export type Device = Answer<'/devices/{id}'>;
export type Claim = DeviceSummary['class'];
export type Evidence = Element<Device['class']['evidence']>;
export type Sure = NonNullable<Device['class']['sure']>;
export type Place = Device['location'];
export type DevicePatch = Body<'/devices/{id}', 'patch'>;
export type DeviceLink = Item<'/devices/{id}/links'>;
export type Unidentified = Item<'/unidentified'>;
export type Guess = Element<Unidentified['guesses']>;
export type Answered = Answer<'/devices/{id}/identify', 'post'>;
export type Behaviour = Answer<'/devices/{id}/behaviour'>;
export type Mismatch = Item<'/reconciliation/{side}'>;
export type Difference = Item<'/reconciliation/differences'>;
export type Correction = Item<'/corrections'>;
export type SentBack = Item<'/written-back'>;
export type WriteBackReport = Answer<'/corrections/send', 'post'>;
export type CoverageReport = Answer<'/coverage'>;
export type Coverage = CoverageReport['total'];
export type PlaceNode = Item<'/locations'>;
export type ListColumns = Answer<'/imports/columns', 'post'>;
export type ImportRecord = Item<'/imports'>;
export type ListKind = 'cmms' | 'locations';
export const attributeNames = ['class', 'manufacturer', 'model', 'serialNumber', 'softwareVersion', 'operatingSystem'] as const;
export type AttributeName = (typeof attributeNames)[number];

export type Finding = Item<'/findings'>;
export type FindingDetail = Answer<'/findings/{id}'>;
export type AffectedDevice = Element<FindingDetail['devices']>;
export type Advisory = Answer<'/advisories/{id}'>;
export type Control = Item<'/controls'>;
export type Bill = Item<'/bills'>;
export type BillNode = Element<Answer<'/bills/{id}/graph'>['nodes']>;
export type ModelRow = Item<'/models'>;
export type Recall = Item<'/recalls'>;
export type Lifecycle = Item<'/lifecycle'>;
export type Standing = Item<'/ledger'>;
export type ModelRecord = Answer<'/ledger/record'>;
export type Forecast = Answer<'/lifecycle/forecast'>;
export type RecallTask = Item<'/recalls/worklist'>;
export type Purchase = Answer<'/purchases/{id}'>;
export type PurchaseReason = Element<Purchase['assessment']['reasons']>;
export type Contradiction = Item<'/contradictions'>;
export type StatementRow = Item<'/mds2'>;
export type StatementDetail = Answer<'/mds2/{id}'>;
export type PolicyAnswer = Answer<'/procurement/policy'>;
export type PolicyTrial = Answer<'/procurement/policy/try', 'post'>;
export type TextLine = Item<'/procurement/policy/{id}/diff'>;
export type ComponentSupport = Item<'/lifecycle/components'>;
export type ComponentRecord = Answer<'/lifecycle/components/record'>;
export type PatchOrder = Item<'/patches'>;
export type AsOf = Answer<'/asof'>;
export type MappingShown = Answer<'/mappings/{name}'>;
export type MappingPreview = Answer<'/mappings/preview', 'post'>;
export type Job = Item<'/jobs'>;
export type SavedView = Item<'/views'>;
export type Notice = Item<'/notifications'>;
export type Target = Item<'/targets'>;
export type TargetInput = Body<'/targets', 'post'>;
export type Backup = Item<'/backups'>;
export type Letter = Item<'/letters'>;
export type BulkReport = NonNullable<Answer<'/devices/bulk', 'post'>['report']>;
export type Picture = Answer<'/map'>;
export type MapNode = Element<Picture['nodes']>;
export type MapEdge = Element<Picture['edges']>;
export type AuditEntry = Item<'/audit'>;
export type Channel = Item<'/channels'>;
export type ChannelKinds = Answer<'/channel-kinds'>;
export type ChannelKind = Element<ChannelKinds['sources']>;
export type Message = Item<'/messages'>;
export type MessageTrace = Answer<'/messages/{id}/trace'>;
export type Account = Answer<'/messages/account', 'post'>;
export type Disclosure = Element<Account['disclosures']>;
export type Replay = Item<'/replays'>;
export type ReplaySpec = Body<'/messages/replay', 'post'>;
export type MessageIssue = Element<Answer<'/messages/{id}'>['found']>;
export type MessageDetail = Answer<'/messages/{id}'>;
export type FeedQuality = Item<'/quality'>;
export type ShadowChannel = Item<'/shadow-channels'>;
export type DataRecall = Answer<'/data-recalls/{id}'>;
export type DataReceiver = Element<DataRecall['receivers']>;
export type Stewardship = Item<'/stewardship'>;
export type Kept = Answer<'/releases/{name}'>;
export type Released = Item<'/released'>;
export type FeedAlert = Item<'/quality-alerts'>;
export type User = Item<'/users'>;
export type Role = Answer<'/roles'>['roles'][number];
export type Token = Item<'/tokens'>;

/** What may stand in the query of every list. */
export interface ListQuery {
  filter?: string;
  sort?: string;
  limit?: number;
  offset?: number;
  cursor?: string;
}

/** list reads a list that may be null. */
export function list<T>(items: List<T>): T[] {
  return items ?? [];
}
