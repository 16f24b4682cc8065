// Made-up data shaped like the API's answers, for screens without a server.

const now = Date.now();
const ago = (minutes) => new Date(now - minutes * 60_000).toISOString();

let seed = 7;
function random() {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff;
  return seed / 0x7fffffff;
}
const pick = (from) => from[Math.floor(random() * from.length)];

const models = [
  ['infusion-pump', 'B. Braun', 'Infusomat Space', ['686N', '686N', 'V03.61']],
  ['infusion-pump', 'BD', 'Alaris 8015', ['9.33', '12.1.2', '']],
  ['patient-monitor', 'Philips', 'IntelliVue MX800', ['M.03.02', 'N.01.20', '']],
  ['patient-monitor', 'GE HealthCare', 'CARESCAPE B650', ['2.0.5', '']],
  ['ventilator', 'Dräger', 'Evita V800', ['2.51', '2.40']],
  ['ct-scanner', 'Siemens Healthineers', 'SOMATOM Force', ['VB20A', '']],
  ['mr-scanner', 'GE HealthCare', 'SIGNA Architect', ['DV28.1']],
  ['ultrasound', 'Philips', 'EPIQ Elite', ['9.0.1', '7.0.3']],
  ['lab-analyser', 'Roche', 'cobas 8000', ['06-05', '']],
  ['blood-gas-analyser', 'Radiometer', 'ABL90 FLEX', ['3.5', '3.4']],
  ['pacs', 'Orthanc Labs', 'Archive', ['1.12.4']],
  ['workstation', 'Dell', 'OptiPlex 7090', ['']],
  ['network', 'Cisco', 'Catalyst 9300', ['17.9.4']],
  ['printer', 'Zebra', 'ZD421', ['V93.21']],
];
const units = ['ICU', 'Ward 3', 'Emergency', 'Radiology', 'Laboratory', 'Theatre'];
const unknown = { value: '', status: 'unknown', confidence: 0 };
const claim = (value, status = pick(['confirmed', 'confirmed', 'likely', 'candidate'])) =>
  value ? { value, status, confidence: { confirmed: 0.97, likely: 0.74, candidate: 0.41, conflict: 0.52 }[status] } : unknown;

function device(i) {
  const [kind, manufacturer, model, versions] = pick(models);
  const version = pick(versions);
  const unit = kind === 'ct-scanner' || kind === 'mr-scanner' ? 'Radiology' : kind.startsWith('lab') ? 'Laboratory' : pick(units);
  const precision = pick(['bed', 'bed', 'unit', 'unit', 'stale', 'unknown']);
  const hex = i.toString(16).padStart(4, '0');
  const conflict = i % 37 === 5;
  return {
    id: `dev_${hex}7a31c9`,
    name: `${model.split(' ')[0].toLowerCase()}-${String(i).padStart(4, '0')}`,
    class: claim(kind),
    manufacturer: claim(manufacturer, conflict ? 'conflict' : undefined),
    model: claim(model),
    serialNumber: claim(random() < 0.6 ? `SN${100000 + i * 17}` : ''),
    softwareVersion: claim(version),
    operatingSystem: claim(kind === 'workstation' ? 'Windows 10' : ''),
    addresses: [`10.20.${i >> 8}.${i & 255}`],
    macs: [`a0:f2:17:00:${hex.slice(0, 2)}:${hex.slice(2)}`, ...(i % 9 === 0 ? [`00:1b:54:aa:${hex.slice(0, 2)}:${hex.slice(2)}`] : [])],
    hostnames: random() < 0.5 ? [`${model.split(' ')[0].toLowerCase()}${i}.hospital.test`] : [],
    location:
      precision === 'unknown'
        ? { status: 'unknown', precision }
        : {
            site: 'Main site',
            building: 'A',
            floor: '2',
            unit,
            ...(precision === 'unit' ? {} : { room: String(100 + (i % 30)), bed: String(1 + (i % 4)) }),
            source: pick(['cmms', 'hl7v2', 'person']),
            seen: ago(precision === 'stale' ? 4000 : 90),
            status: precision === 'stale' ? 'candidate' : 'confirmed',
            precision,
          },
    roles: kind === 'ct-scanner' ? ['dicom-store-scu'] : kind === 'patient-monitor' ? ['hl7-sender'] : [],
    protocols: kind === 'ct-scanner' ? ['dicom', 'dhcp'] : kind === 'patient-monitor' ? ['hl7v2', 'dhcp', 'ntp'] : ['dhcp', 'tls'],
    tags: i % 11 === 0 ? ['life-sustaining'] : [],
    assetTag: random() < 0.7 ? `BM-${20000 + i}` : '',
    behind: '',
    conflicts: conflict ? 1 : 0,
    exposure:
      manufacturer === 'BD' || manufacturer === 'Philips'
        ? version
          ? { affected: 1 + (i % 3), undecidable: 0, highest: pick(['critical', 'high', 'medium']) }
          : { affected: 0, undecidable: 2, highest: 'unknown' }
        : { affected: 0, undecidable: 0, highest: 'none' },
    firstSeen: ago(60_000 - i),
    lastSeen: ago(Math.floor(random() * 3000)),
    version: 3,
  };
}

export const devices = Array.from({ length: Number(process.env.MOCK_DEVICES ?? 1284) }, (_, i) => device(i + 1));

export function fullDevice(d) {
  const evidence = (value, weight) => [
    { source: 'dhcp', field: 'option 60', value, raw: `${value} client`, weight, capture: 'monday.pcap', packet: 412, offset: 282, time: d.firstSeen, lastSeen: d.lastSeen, count: 14 },
    { source: 'cmms', field: 'row 118', value, weight: weight - 0.1, capture: 'equipment.csv', packet: 0, time: d.firstSeen, lastSeen: d.lastSeen, count: 1 },
  ];
  const full = { ...d };
  for (const name of ['class', 'manufacturer', 'model', 'serialNumber', 'softwareVersion', 'operatingSystem']) {
    full[name] = { ...d[name], evidence: d[name].value ? evidence(d[name].value, 0.9) : null };
  }
  full.conflicts = d.conflicts
    ? [
        {
          attribute: 'manufacturer',
          values: [
            { value: d.manufacturer.value, confidence: 0.52, evidence: evidence(d.manufacturer.value, 0.7) },
            { value: 'Lantronix', confidence: 0.44, evidence: [{ source: 'oui', field: 'prefix 00:20:4a', value: 'Lantronix', weight: 0.6, capture: 'monday.pcap', packet: 3, time: d.firstSeen, lastSeen: d.lastSeen, count: 40 }] },
          ],
        },
      ]
    : [];
  return full;
}

const flaws = [
  ['CVE-2020-11896', 'Improper handling of length parameter in IPv4/UDP of an embedded TCP/IP stack', 'critical', 10, true, 'B. Braun', 'Infusomat Space', '686N', 'affected'],
  ['CVE-2021-33885', 'Insufficient verification of data authenticity', 'critical', 9, false, 'B. Braun', 'Infusomat Space', '686N', 'affected'],
  ['CVE-2023-30563', 'A malicious file could be uploaded into a user import function', 'high', 8.2, false, 'BD', 'Alaris 8015', '12.1.2', 'affected'],
  ['CVE-2023-30559', 'Firmware update package for the wireless card is not properly signed', 'medium', 5.2, false, 'BD', 'Alaris 8015', '', 'undecidable'],
  ['CVE-2020-16214', 'Improper neutralisation of formula elements in a CSV file', 'medium', 4.2, false, 'Philips', 'IntelliVue MX800', 'M.03.02', 'affected'],
  ['CVE-2020-25165', 'Authentication can be bypassed', 'high', 7.5, false, 'Philips', 'IntelliVue MX800', '', 'undecidable'],
  ['CVE-2019-0708', 'Remote desktop services remote code execution', 'critical', 9.8, true, 'Siemens Healthineers', 'SOMATOM Force', 'VB20A', 'affected'],
  ['CVE-2022-22766', 'Hard-coded credentials', 'low', 3.9, false, 'BD', 'Alaris 8015', '9.33', 'not-affected'],
];
export const findings = flaws.map(([vulnerability, title, severity, score, kev, manufacturer, model, version, status], i) => {
  const held = devices.filter((d) => d.model.value === model);
  const byUnit = new Map();
  for (const d of held) byUnit.set(d.location.unit ?? '', (byUnit.get(d.location.unit ?? '') ?? 0) + 1);
  return {
    id: `fnd_${1000 + i}`,
    vulnerability,
    aliases: [],
    title,
    severity,
    score,
    kev,
    status,
    reason: status === 'undecidable' ? 'the software version is not known' : '',
    model: { manufacturer, model, version },
    component: { name: 'treck tcp/ip', version: '6.0.1.28', purl: 'pkg:generic/treck@6.0.1.28' },
    devices: held.length,
    units: [...byUnit].map(([unit, n]) => ({ site: 'Main site', unit, devices: n })),
    fixed: status === 'affected' ? ['12.3'] : [],
    firstSeen: ago(8000 + i),
    sources: ['csaf:icsma-23-194-01', 'kev'],
  };
});

export function fullFinding(f) {
  return {
    ...f,
    match: { by: 'product', confidence: 0.95, reason: `${f.model.manufacturer} ${f.model.model} ${f.model.version} is in the affected range`, text: '' },
    devices: devices
      .filter((d) => d.model.value === f.model.model)
      .slice(0, 60)
      .map((d, i) => ({
        id: d.id,
        name: d.name,
        unit: d.location.unit ?? '',
        room: d.location.room ?? '',
        bed: d.location.bed ?? '',
        precision: d.location.precision,
        status: d.softwareVersion.value ? (f.status === 'undecidable' && i % 2 ? 'undecidable' : 'affected') : 'undecidable',
        reason: d.softwareVersion.value ? '' : 'the software version is not known',
        lastSeen: d.lastSeen,
      })),
    advisory: { id: 'ICSMA-23-194-01', title: f.title, published: ago(400_000), references: ['https://example.test/advisories/icsma-23-194-01'] },
  };
}

export const bills = models.slice(0, 6).map(([, manufacturer, model, versions], i) => ({
  id: `bill_${i}`,
  model: { manufacturer, model, version: versions[0] },
  format: 'cyclonedx',
  specVersion: '1.6',
  components: 40 + i * 31,
  digest: `sha256:${'4f1c9a'.repeat(8)}`,
  importedAt: ago(3000 * (i + 1)),
  quality: { score: 0.9 - i * 0.1, missing: i ? ['licences', 'suppliers'].slice(0, i) : null },
}));
export const components = Array.from({ length: 60 }, (_, i) => ({ ref: `c${i}`, name: pick(['openssl', 'zlib', 'busybox', 'jquery', 'treck', 'curl', 'sqlite']), version: `1.${i}.0`, purl: `pkg:generic/part@1.${i}.0` }));
export const modelRows = models.flatMap(([, manufacturer, model, versions]) =>
  [...new Set(versions)].map((version) => ({
    manufacturer,
    model,
    version,
    devices: devices.filter((d) => d.model.value === model && d.softwareVersion.value === version).length,
    bill: version && manufacturer === 'BD' ? 'bill_1' : '',
    affected: manufacturer === 'BD' && version ? 2 : 0,
    undecidable: version ? 0 : 2,
    ...(model === 'OptiPlex 7090' ? { endOfLife: '2025-10-14' } : {}),
  })),
);
export const feeds = [
  { name: 'csaf', kind: 'csaf', records: 1312, newest: ago(600), importedAt: ago(300), stale: false, source: '/srv/feeds/csaf' },
  { name: 'kev', kind: 'kev', records: 1388, newest: ago(1500), importedAt: ago(1400), stale: false, source: '/srv/feeds/kev.json' },
  { name: 'osv:PyPI', kind: 'osv', records: 2661, newest: ago(40_000), importedAt: ago(39_000), stale: true, source: '' },
  { name: 'recalls', kind: 'recall', records: 412, newest: ago(9000), importedAt: ago(8000), stale: false, source: '' },
];
export const recalls = [
  { id: 'Z-1042-2025', title: 'Pump may stop without alarm when the battery is near its end of life', manufacturer: 'BD', model: 'Alaris 8015', classification: 'I', published: '2025-03-02', devices: 91 },
  { id: 'Z-0311-2026', title: 'Alarm volume may drop after an update', manufacturer: 'Philips', model: 'IntelliVue MX800', classification: 'II', published: '2026-01-20', devices: 80 },
];
export const lifecycle = [
  { manufacturer: 'Dell', model: 'OptiPlex 7090', product: 'Windows 10', endOfSupport: '2025-10-14', devices: 88 },
  { manufacturer: 'Siemens Healthineers', model: 'SOMATOM Force', product: 'Windows 7 Embedded', endOfSupport: '2021-10-12', devices: 4 },
];
export const audit = Array.from({ length: 640 }, (_, i) => ({
  seq: 640 - i,
  at: ago(i * 13),
  by: { id: 'usr_1', name: pick(['a.keller', 'system', 'm.rossi']) },
  did: pick(['device:tag', 'device:locate', 'capture:import', 'session:open', 'asset:identify']),
  to: pick(devices).id,
  note: pick(['ICU to Ward 3', 'tag life-sustaining added', 'monday.pcap', '']),
}));
export const users = [
  { id: 'usr_1', name: 'a.keller', displayName: 'Anna Keller', roles: [{ role: 'administrator' }], disabled: false, secondFactor: true, lastLogin: ago(20), version: 4 },
  { id: 'usr_2', name: 'm.rossi', displayName: 'Marco Rossi', roles: [{ role: 'clinical-engineer', site: 'Main site', unit: 'ICU' }], disabled: false, secondFactor: false, lastLogin: ago(3000), version: 1 },
  { id: 'usr_3', name: 'viewer', displayName: '', roles: [{ role: 'viewer' }], disabled: true, secondFactor: false, version: 2 },
];
const actions = ['device:read', 'device:tag', 'device:locate', 'device:merge', 'device:correct', 'device:import', 'capture:import', 'bill:read', 'bill:import', 'finding:read', 'finding:triage', 'feed:read', 'feed:import', 'audit:read', 'audit:verify', 'user:read', 'user:write', 'token:write-own', 'job:read', 'job:cancel', 'system:read', 'sensor:read', 'sensor:enrol', 'sensor:revoke'];
export const roles = {
  actions,
  roles: [
    { role: 'viewer', actions: actions.filter((a) => /read$/.test(a) && !/user|audit|system/.test(a)) },
    { role: 'clinical-engineer', actions: actions.filter((a) => /device|read/.test(a)) },
    { role: 'administrator', actions },
  ],
};
export const tokens = [{ id: 'tok_1', name: 'nightly CMMS import', owner: 'a.keller', prefix: 'brt_4f2a', roles: [{ role: 'clinical-engineer' }], createdAt: ago(90_000), expiresAt: ago(-60_000), lastUsed: ago(500) }];
export const setup = ['administrator', 'capture', 'devices', 'inventory', 'feeds', 'bills', 'backup'].map((id, i) => ({ id, done: i < 4, ...(i < 4 ? { at: ago(5000 - i) } : {}), href: '/' }));
export const jobs = [
  { id: 'job_2', kind: 'import:pcap', title: 'tuesday.pcap', state: 'running', done: 412_000_000, total: 831_000_000, unit: 'bytes', rate: 62_000_000, etaSeconds: 7, errors: null, by: { id: 'usr_1', name: 'a.keller' } },
  { id: 'job_1', kind: 'import:cmms', title: 'equipment.csv', state: 'partly', done: 1280, total: 1284, unit: 'rows', errors: [{ place: 'row 118', text: 'the MAC address has 11 digits; it needs 12' }], by: { id: 'usr_1', name: 'a.keller' } },
];
export const session = {
  user: { id: 'usr_1', name: 'a.keller', displayName: 'Anna Keller' },
  roles: [{ role: 'administrator' }],
  permissions: actions,
  mustChangePassword: false,
  mustEnrolSecondFactor: false,
  secondFactor: true,
  demo: true,
  site: 'Main site',
};
export const system = {
  version: '0.1.0',
  commit: '8b5cb4e',
  startedAt: ago(800),
  store: { engine: 'sqlite', bytes: 48_200_000, readOnly: false },
  capture: [{ source: 'eth1', packets: 8_412_991, dropped: 1204 }],
  bus: { state: 'ok', pending: 0 },
  disk: { free: 212_000_000_000, total: 500_000_000_000, state: 'ok' },
  warnings: [{ code: 'keys-beside-data', detail: 'The keys lie on the same volume as the data.', mend: 'Move the key file to another volume.' }],
  demo: true,
};

const count = (of, value) => [...of.reduce((m, d) => m.set(value(d), (m.get(value(d)) ?? 0) + 1), new Map())].map(([v, n]) => ({ value: v, count: n })).sort((a, b) => b.count - a.count);
export function facet(rows, field) {
  return count(rows, (d) => String(valueOf(d, field)[0] ?? '')).filter((c) => c.value);
}
export function summary() {
  const place = (p) => devices.filter((d) => d.location.precision === p).length;
  return {
    devices: {
      total: devices.length,
      byClass: count(devices, (d) => d.class.value),
      byStatus: count(devices, (d) => d.class.status),
      location: { bed: place('bed'), unit: place('unit'), stale: place('stale'), unknown: place('unknown') },
    },
    exposure: {
      affected: devices.filter((d) => d.exposure.affected).length,
      undecidable: devices.filter((d) => d.exposure.undecidable).length,
      endOfLife: 92,
      recalled: 171,
      byUnit: units.map((unit) => {
        const held = devices.filter((d) => d.location.unit === unit);
        return { site: 'Main site', unit, devices: held.length, affected: held.filter((d) => d.exposure.affected).length, undecidable: held.filter((d) => d.exposure.undecidable).length, endOfLife: held.length % 9, recalled: held.length % 13 };
      }),
    },
    feeds,
    coverage: { packets: 8_412_991, dropped: 1204, sensors: 1 },
    asOf: new Date().toISOString(),
  };
}

/** valueOf reads what a filter field of a row holds. */
export function valueOf(row, field) {
  switch (field) {
    case 'unit':
    case 'site':
    case 'room':
    case 'bed':
      return row.location ? [row.location[field] ?? ''] : (row.units ?? []).map((u) => u[field]);
    case 'location':
      return [row.location?.precision];
    case 'version':
      return [row.softwareVersion?.value ?? row.version];
    case 'last_seen':
      return [row.lastSeen];
    case 'exposure':
      return [row.exposure?.affected ? 'affected' : row.exposure?.undecidable ? 'undecidable' : 'none'];
    case 'status':
      return [typeof row.status === 'string' ? row.status : row.class?.status];
    case 'tag':
      return row.tags ?? [];
    case 'kev':
      return [row.kev ? 'yes' : 'no'];
    case 'model':
    case 'manufacturer': {
      const of = row[field];
      if (typeof of === 'string') return [of];
      return [of?.value ?? row.model?.[field]];
    }
    default: {
      const of = row[field];
      return Array.isArray(of) ? of : [typeof of === 'object' && of ? of.value : of];
    }
  }
}

const sensorOf = (name, site, state, more) => ({
  name, site, state, alarms: null, createdAt: ago(90_000), enrolledAt: ago(89_990), from: '10.20.0.9', certEnds: ago(-20 * 1440), heardAt: ago(0.1), connected: true, lag: 0, oldest: 3,
  version: '0.9.0', started: ago(9000), interfaces: [{ name: 'eth1', up: true, packets: 812_443_120, bytes: 4e11, dropped: 12 }], rate: 18_240, lost: 0, dropped: 12, refused: 0,
  outbox: { messages: 4, bytes: 160_000, limit: 8 * 2 ** 30 }, diskFree: 71, ...more,
});
export const sensors = [
  sensorOf('north-icu', 'North', 'online', { note: 'Rack 4, mirror port of the ICU switch' }),
  sensorOf('north-lab', 'North', 'impaired', { alarms: ['link', 'dropping'], interfaces: [{ name: 'eth1', up: true, packets: 91_220_118, bytes: 3e10, dropped: 48_112 }, { name: 'eth2', up: false, packets: 118, bytes: 9000, dropped: 0, trouble: 'the interface eth2 went away' }], lost: 42, dropped: 48_112 }),
  sensorOf('south', 'South', 'silent', { alarms: ['silent'], heardAt: ago(94), connected: false, rate: 2210, lag: 512, oldest: 61 }),
  sensorOf('west', 'West', 'invited', { heardAt: undefined, certEnds: undefined, interfaces: null, version: '', connected: false, rate: 0, dropped: 0, outbox: { messages: 0, bytes: 0, limit: 0 } }),
];
export function sensorCoverage() {
  const n = 144;
  const steps = Array.from({ length: n }, (_, i) => ({ at: ago((n - i) * 10), packets: i > 50 && i < 59 ? 0 : Math.round(9e6 * (1.2 + Math.sin(i / 23))), dropped: i === 90 ? 48_112 : 0, missing: i === 59 ? 3 : 0, covered: i > 50 && i < 59 ? 0 : 1 }));
  const vlans = [0, 20, 31, 110].map((vlan, k) => ({ vlan, packets: steps.map((s, i) => (vlan === 110 && i < 70 ? 0 : Math.round((s.packets / (k + 2)) * (1 + Math.sin(i / (7 + k)) / 2)))) }));
  return { from: ago(n * 10), until: ago(0), step: 10, steps, vlans, gaps: [{ from: ago(930), until: ago(850), reason: 'killed' }, { interface: 'eth2', from: ago(400), until: ago(385), reason: 'link' }, { from: ago(852), until: ago(850), reason: 'missing', missing: 3 }] };
}
