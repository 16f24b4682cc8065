// The nouns of the API as screens name them.

export type Status = 'confirmed' | 'likely' | 'candidate' | 'conflict' | 'unknown';
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'none' | 'unknown';
export type Verdict = 'affected' | 'undecidable' | 'not-affected';
export type Precision = 'bed' | 'unit' | 'stale' | 'unknown';
export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled' | 'partly';
export type ImportKind = 'pcap' | 'sbom' | 'cmms' | 'leases' | 'feed';
/** A list from the API. Go writes an empty one as null. */
export type List<T> = T[] | null | undefined;

export interface Page<T> {
  items: List<T>;
  nextCursor?: string;
  total: number;
}

export interface RoleGrant {
  role: string;
  site?: string;
  unit?: string;
}
export interface Session {
  user: { id: string; name: string; displayName?: string };
  roles: List<RoleGrant>;
  permissions: List<string>;
  expiresAt: string;
  mustChangePassword: boolean;
  mustEnrolSecondFactor: boolean;
  demo: boolean;
  site?: string;
  secondFactor?: boolean;
}

export interface SetupStep {
  id: string;
  done: boolean;
  at?: string;
  href?: string;
}

export interface Count {
  value: string;
  count: number;
}
export interface UnitExposure {
  site?: string;
  unit: string;
  devices: number;
  affected: number;
  undecidable: number;
  endOfLife: number;
  recalled: number;
}
export interface Feed {
  name: string;
  kind: string;
  records: number;
  newest?: string;
  importedAt?: string;
  stale: boolean;
  source?: string;
}
export interface Summary {
  devices: {
    total: number;
    byClass: List<Count>;
    byStatus: List<Count>;
    location: { bed: number; unit: number; stale: number; unknown: number };
  };
  exposure: {
    affected: number;
    undecidable: number;
    endOfLife: number;
    recalled: number;
    byUnit: List<UnitExposure>;
  };
  feeds: List<Feed>;
  coverage: { packets: number; dropped: number; sensors: number };
  asOf: string;
}

export interface Claim {
  value: string;
  status: Status;
  confidence: number;
}
export interface Evidence {
  source: string;
  field: string;
  value: string;
  raw?: string;
  weight: number;
  capture?: string;
  packet?: number;
  offset?: number;
  time: string;
  lastSeen?: string;
  count?: number;
}
export interface FullClaim extends Claim {
  evidence: List<Evidence>;
}
export interface Rival {
  value: string;
  confidence: number;
  evidence: List<Evidence>;
}
export interface Disagreement {
  attribute: string;
  values: List<Rival>;
}
export interface Place {
  site?: string;
  building?: string;
  floor?: string;
  unit?: string;
  room?: string;
  bed?: string;
  source?: string;
  seen?: string;
  status: Status;
  precision?: Precision;
}
interface DeviceCommon {
  id: string;
  name: string;
  addresses: List<string>;
  macs: List<string>;
  hostnames: List<string>;
  location: Place;
  roles: List<string>;
  protocols: List<string>;
  tags: List<string>;
  assetTag?: string;
  behind?: string;
  firstSeen: string;
  lastSeen: string;
  version: number;
  exposure?: { affected: number; undecidable: number; highest?: Severity };
}
export type AttributeName =
  | 'class'
  | 'manufacturer'
  | 'model'
  | 'serialNumber'
  | 'softwareVersion'
  | 'operatingSystem';
export const attributeNames: readonly AttributeName[] = [
  'class',
  'manufacturer',
  'model',
  'serialNumber',
  'softwareVersion',
  'operatingSystem',
];
export interface DeviceSummary extends DeviceCommon, Record<AttributeName, Claim> {
  conflicts: number;
}
export interface Device extends DeviceCommon, Record<AttributeName, FullClaim> {
  conflicts: List<Disagreement>;
}
export interface TimelineEntry {
  at: string;
  kind: string;
  text: string;
  by?: string;
}
export interface Conversation {
  peer: { address: string; deviceId?: string; name?: string };
  direction: string;
  transport: string;
  port: number;
  protocol?: string;
  bytesUp: number;
  bytesDown: number;
  first: string;
  last: string;
}
export interface Exposure {
  finding: string;
  vulnerability: string;
  title?: string;
  severity: Severity;
  score?: number;
  kev: boolean;
  status: Verdict;
  reason?: string;
}

export interface Finding {
  id: string;
  vulnerability: string;
  aliases: List<string>;
  title: string;
  severity: Severity;
  score?: number;
  kev: boolean;
  status: Verdict;
  reason?: string;
  model: { manufacturer: string; model: string; version?: string };
  component?: { name: string; version?: string; purl?: string };
  devices: number;
  units: List<{ site?: string; unit: string; devices: number }>;
  fixed: List<string>;
  firstSeen?: string;
  sources: List<string>;
}
export interface AffectedDevice {
  id: string;
  name: string;
  unit?: string;
  room?: string;
  bed?: string;
  precision?: Precision;
  status: Verdict;
  reason?: string;
  lastSeen?: string;
}
export interface FindingDetail extends Omit<Finding, 'devices'> {
  match: { by: string; confidence: number; reason: string; text?: string };
  devices: List<AffectedDevice>;
  advisory?: { id: string; title: string; published?: string; references: List<string> };
}

export interface ModelName {
  manufacturer: string;
  model: string;
  version?: string;
}
export interface Bill {
  id: string;
  model?: ModelName;
  format: string;
  specVersion?: string;
  components: number;
  digest: string;
  importedAt: string;
  quality: { score: number; missing: List<string> };
}
export interface Component {
  ref?: string;
  name: string;
  version?: string;
  purl?: string;
  cpe?: string;
  supplier?: string;
}
export interface ModelRow extends ModelName {
  devices: number;
  bill?: string;
  affected: number;
  undecidable: number;
  endOfLife?: string;
}
export interface Recall {
  id: string;
  title: string;
  manufacturer?: string;
  model?: string;
  classification?: string;
  published?: string;
  devices: number;
}
export interface Lifecycle {
  manufacturer: string;
  model: string;
  product?: string;
  endOfSupport?: string;
  devices: number;
}

export interface Job {
  id: string;
  kind: string;
  title: string;
  state: JobState;
  done: number;
  total: number;
  unit?: string;
  rate?: number;
  etaSeconds?: number;
  message?: string;
  errors?: List<{ place: string; text: string }>;
  startedAt?: string;
  finishedAt?: string;
  by?: string;
}

export interface AuditEntry {
  seq: number;
  at: string;
  by: { id: string; name: string };
  did: string;
  to: string;
  note?: string;
}
export interface AuditVerification {
  entries: number;
  root: string;
  valid: boolean;
  problems: List<string>;
}
export interface InclusionProof {
  seq: number;
  size: number;
  leaf: string;
  root: string;
  hashes: List<string>;
}
export interface Checkpoint {
  text: string;
  size?: number;
  root?: string;
  at?: string;
}

export interface User {
  id: string;
  name: string;
  displayName?: string;
  roles: List<RoleGrant>;
  disabled?: boolean;
  secondFactor?: boolean;
  lastLogin?: string;
  version?: number;
  oneTimePassword?: string; // shown once, after it was made
}
export interface RoleTable {
  actions: List<string>;
  roles: List<Role>;
}
export interface Role {
  role: string;
  actions: List<string>;
}
export interface Token {
  id: string;
  name: string;
  owner?: string;
  prefix?: string;
  roles?: List<RoleGrant>;
  createdAt?: string;
  revokedAt?: string;
  expiresAt?: string;
  lastUsed?: string;
}

export interface SystemState {
  version: string;
  commit?: string;
  startedAt: string;
  store: { engine: string; bytes: number; readOnly: boolean; why?: string };
  capture: List<{ source: string; packets: number; dropped: number; since?: string; error?: string }>;
  bus?: { state: string; pending: number };
  disk: { free: number; total: number; state: string };
  warnings: List<{ code: string; detail: string; mend: string }>;
  demo: boolean;
}

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
