// The pages and their addresses. Each screen is fetched when first opened.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, type RouterHistory } from '@tanstack/react-router';
import { Door } from './access/Door';
import { Lost } from './shell/Lost';

const root = createRootRoute({ component: Door, notFoundComponent: Lost });
const page = <P extends string>(path: P, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => root, path, component });

const tree = root.addChildren([
  page('/', lazyRouteComponent(() => import('./shell/Home'), 'Home')),
  page('/setup', lazyRouteComponent(() => import('./system/Setup'), 'Setup')),
  page('/tours', lazyRouteComponent(() => import('./tour/Tours'), 'Tours')),
  page('/demo', lazyRouteComponent(() => import('./demo/Stage'), 'Stage')),
  page('/devices', lazyRouteComponent(() => import('./asset/Devices'), 'Devices')),
  page('/unidentified', lazyRouteComponent(() => import('./asset/Queue'), 'Queue')),
  page('/reconciliation', lazyRouteComponent(() => import('./asset/Reconcile'), 'Reconcile')),
  page('/coverage', lazyRouteComponent(() => import('./asset/CoverageBoard'), 'CoverageBoard')),
  page('/locations', lazyRouteComponent(() => import('./asset/Locations'), 'Locations')),
  page('/devices/$id', lazyRouteComponent(() => import('./asset/Device'), 'DevicePage')),
  page('/findings', lazyRouteComponent(() => import('./vuln/Findings'), 'Findings')),
  page('/findings/$id', lazyRouteComponent(() => import('./vuln/Finding'), 'FindingPage')),
  page('/advisories/$id', lazyRouteComponent(() => import('./vuln/Advisory'), 'AdvisoryPage')),
  page('/controls', lazyRouteComponent(() => import('./vuln/Controls'), 'Controls')),
  page('/bills', lazyRouteComponent(() => import('./sbom/Bills'), 'Bills')),
  page('/models', lazyRouteComponent(() => import('./sbom/Models'), 'Models')),
  page('/recalls', lazyRouteComponent(() => import('./feed/Recalls'), 'Recalls')),
  page('/lifecycle', lazyRouteComponent(() => import('./feed/Lifecycle'), 'LifecycleList')),
  page('/ledger', lazyRouteComponent(() => import('./lifecycle/Ledger'), 'Ledger')),
  page('/forecast', lazyRouteComponent(() => import('./lifecycle/Forecast'), 'ForecastPage')),
  page('/recall-work', lazyRouteComponent(() => import('./lifecycle/Worklist'), 'Worklist')),
  page('/purchases', lazyRouteComponent(() => import('./procure/Purchases'), 'Purchases')),
  page('/purchases/$id', lazyRouteComponent(() => import('./procure/Purchase'), 'PurchasePage')),
  page('/contradictions', lazyRouteComponent(() => import('./procure/Contradictions'), 'Contradictions')),
  page('/mds2', lazyRouteComponent(() => import('./procure/Statements'), 'Statements')),
  page('/mds2/$id', lazyRouteComponent(() => import('./procure/Statement'), 'StatementPage')),
  page('/procurement-policy', lazyRouteComponent(() => import('./procure/Policy'), 'PolicyPage')),
  page('/components', lazyRouteComponent(() => import('./lifecycle/Components'), 'Components')),
  page('/patches', lazyRouteComponent(() => import('./patch/Patches'), 'Patches')),
  page('/asof', lazyRouteComponent(() => import('./knowledge/AsOf'), 'AsOfPage')),
  page('/mappings', lazyRouteComponent(() => import('./mapping/Mappings'), 'Mappings')),
  page('/mappings/$name', lazyRouteComponent(() => import('./mapping/Mapping'), 'MappingPage')),
  page('/feeds', lazyRouteComponent(() => import('./feed/Feeds'), 'Feeds')),
  page('/map', lazyRouteComponent(() => import('./map/Map'), 'NetworkMap')),
  page('/sensors', lazyRouteComponent(() => import('./sensor/Sensors'), 'Sensors')),
  page('/sensors/$name', lazyRouteComponent(() => import('./sensor/Sensor'), 'SensorPage')),
  page('/import', lazyRouteComponent(() => import('./intake/Import'), 'Import')),
  page('/import/list', lazyRouteComponent(() => import('./intake/Wizard'), 'Wizard')),
  page('/channels', lazyRouteComponent(() => import('./exchange/Channels'), 'Channels')),
  page('/channel-editor', lazyRouteComponent(() => import('./exchange/Editor'), 'Editor')),
  page('/channel-imports', lazyRouteComponent(() => import('./exchange/Moving'), 'Moving')),
  page('/messages', lazyRouteComponent(() => import('./exchange/Messages'), 'Messages')),
  page('/lineage/$id', lazyRouteComponent(() => import('./exchange/Lineage'), 'Lineage')),
  page('/replays', lazyRouteComponent(() => import('./exchange/Replays'), 'Replays')),
  page('/disclosures', lazyRouteComponent(() => import('./exchange/Disclosures'), 'Disclosures')),
  page('/shadow-channels', lazyRouteComponent(() => import('./exchange/Shadow'), 'Shadow')),
  page('/data-recalls', lazyRouteComponent(() => import('./exchange/DataRecalls'), 'DataRecalls')),
  page('/stewardship', lazyRouteComponent(() => import('./exchange/Stewards'), 'Stewards')),
  page('/releases', lazyRouteComponent(() => import('./exchange/Releases'), 'Releases')),
  page('/quality', lazyRouteComponent(() => import('./exchange/Quality'), 'Quality')),
  page('/quality-alerts', lazyRouteComponent(() => import('./exchange/QualityAlerts'), 'QualityAlerts')),
  page('/audit', lazyRouteComponent(() => import('./audit/Audit'), 'Audit')),
  page('/users', lazyRouteComponent(() => import('./access/Users'), 'Users')),
  page('/tokens', lazyRouteComponent(() => import('./access/Tokens'), 'Tokens')),
  page('/account', lazyRouteComponent(() => import('./access/Account'), 'Account')),
  page('/explore', lazyRouteComponent(() => import('./explore/Explorer'), 'Explorer')),
  page('/notifications', lazyRouteComponent(() => import('./notify/Targets'), 'Targets')),
  page('/letters', lazyRouteComponent(() => import('./notify/Letters'), 'Letters')),
  page('/backups', lazyRouteComponent(() => import('./system/Backups'), 'Backups')),
  page('/system', lazyRouteComponent(() => import('./system/System'), 'System')),
]);

// Every value in an address is text: a filter of digits stays a filter.
function parseSearch(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}

function stringifySearch(search: Record<string, unknown>): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (typeof value === 'string' && value) q.set(name, value);
  const text = q.toString();
  return text ? `?${text}` : '';
}

/** makeRouter makes the router; tests give a history in memory. */
export function makeRouter(history?: RouterHistory) {
  return createRouter({ routeTree: tree, parseSearch, stringifySearch, history, defaultPreload: false });
}
