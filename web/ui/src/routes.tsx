// The pages and their addresses. Each screen is fetched when first opened.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, type RouterHistory } from '@tanstack/react-router';
import { Door } from './access/Door';
import { Lost } from './shell/Lost';
import { whole } from './words/words';

const root = createRootRoute({ component: Door, notFoundComponent: Lost });
const page = <P extends string>(path: P, component: ReturnType<typeof lazyRouteComponent>) =>
  createRoute({ getParentRoute: () => root, path, component });

const tree = root.addChildren([
  page('/', lazyRouteComponent(whole(() => import('./shell/Home')), 'Home')),
  page('/setup', lazyRouteComponent(whole(() => import('./system/Setup')), 'Setup')),
  page('/tours', lazyRouteComponent(whole(() => import('./tour/Tours')), 'Tours')),
  page('/demo', lazyRouteComponent(whole(() => import('./demo/Stage')), 'Stage')),
  page('/devices', lazyRouteComponent(whole(() => import('./asset/Devices')), 'Devices')),
  page('/unidentified', lazyRouteComponent(whole(() => import('./asset/Queue')), 'Queue')),
  page('/reconciliation', lazyRouteComponent(whole(() => import('./asset/Reconcile')), 'Reconcile')),
  page('/coverage', lazyRouteComponent(whole(() => import('./asset/CoverageBoard')), 'CoverageBoard')),
  page('/locations', lazyRouteComponent(whole(() => import('./asset/Locations')), 'Locations')),
  page('/devices/$id', lazyRouteComponent(whole(() => import('./asset/Device')), 'DevicePage')),
  page('/findings', lazyRouteComponent(whole(() => import('./vuln/Findings')), 'Findings')),
  page('/findings/$id', lazyRouteComponent(whole(() => import('./vuln/Finding')), 'FindingPage')),
  page('/advisories/$id', lazyRouteComponent(whole(() => import('./vuln/Advisory')), 'AdvisoryPage')),
  page('/controls', lazyRouteComponent(whole(() => import('./vuln/Controls')), 'Controls')),
  page('/bills', lazyRouteComponent(whole(() => import('./sbom/Bills')), 'Bills')),
  page('/models', lazyRouteComponent(whole(() => import('./sbom/Models')), 'Models')),
  page('/recalls', lazyRouteComponent(whole(() => import('./feed/Recalls')), 'Recalls')),
  page('/lifecycle', lazyRouteComponent(whole(() => import('./feed/Lifecycle')), 'LifecycleList')),
  page('/ledger', lazyRouteComponent(whole(() => import('./lifecycle/Ledger')), 'Ledger')),
  page('/forecast', lazyRouteComponent(whole(() => import('./lifecycle/Forecast')), 'ForecastPage')),
  page('/recall-work', lazyRouteComponent(whole(() => import('./lifecycle/Worklist')), 'Worklist')),
  page('/purchases', lazyRouteComponent(whole(() => import('./procure/Purchases')), 'Purchases')),
  page('/purchases/$id', lazyRouteComponent(whole(() => import('./procure/Purchase')), 'PurchasePage')),
  page('/contradictions', lazyRouteComponent(whole(() => import('./procure/Contradictions')), 'Contradictions')),
  page('/mds2', lazyRouteComponent(whole(() => import('./procure/Statements')), 'Statements')),
  page('/mds2/$id', lazyRouteComponent(whole(() => import('./procure/Statement')), 'StatementPage')),
  page('/procurement-policy', lazyRouteComponent(whole(() => import('./procure/Policy')), 'PolicyPage')),
  page('/components', lazyRouteComponent(whole(() => import('./lifecycle/Components')), 'Components')),
  page('/patches', lazyRouteComponent(whole(() => import('./patch/Patches')), 'Patches')),
  page('/asof', lazyRouteComponent(whole(() => import('./knowledge/AsOf')), 'AsOfPage')),
  page('/mappings', lazyRouteComponent(whole(() => import('./mapping/Mappings')), 'Mappings')),
  page('/mappings/$name', lazyRouteComponent(whole(() => import('./mapping/Mapping')), 'MappingPage')),
  page('/feeds', lazyRouteComponent(whole(() => import('./feed/Feeds')), 'Feeds')),
  page('/map', lazyRouteComponent(whole(() => import('./map/Map')), 'NetworkMap')),
  page('/sensors', lazyRouteComponent(whole(() => import('./sensor/Sensors')), 'Sensors')),
  page('/sensors/$name', lazyRouteComponent(whole(() => import('./sensor/Sensor')), 'SensorPage')),
  page('/import', lazyRouteComponent(whole(() => import('./intake/Import')), 'Import')),
  page('/import/list', lazyRouteComponent(whole(() => import('./intake/Wizard')), 'Wizard')),
  page('/channels', lazyRouteComponent(whole(() => import('./exchange/Channels')), 'Channels')),
  page('/channel-editor', lazyRouteComponent(whole(() => import('./exchange/Editor')), 'Editor')),
  page('/channel-imports', lazyRouteComponent(whole(() => import('./exchange/Moving')), 'Moving')),
  page('/messages', lazyRouteComponent(whole(() => import('./exchange/Messages')), 'Messages')),
  page('/lineage/$id', lazyRouteComponent(whole(() => import('./exchange/Lineage')), 'Lineage')),
  page('/replays', lazyRouteComponent(whole(() => import('./exchange/Replays')), 'Replays')),
  page('/disclosures', lazyRouteComponent(whole(() => import('./exchange/Disclosures')), 'Disclosures')),
  page('/shadow-channels', lazyRouteComponent(whole(() => import('./exchange/Shadow')), 'Shadow')),
  page('/data-recalls', lazyRouteComponent(whole(() => import('./exchange/DataRecalls')), 'DataRecalls')),
  page('/stewardship', lazyRouteComponent(whole(() => import('./exchange/Stewards')), 'Stewards')),
  page('/releases', lazyRouteComponent(whole(() => import('./exchange/Releases')), 'Releases')),
  page('/quality', lazyRouteComponent(whole(() => import('./exchange/Quality')), 'Quality')),
  page('/quality-alerts', lazyRouteComponent(whole(() => import('./exchange/QualityAlerts')), 'QualityAlerts')),
  page('/audit', lazyRouteComponent(whole(() => import('./audit/Audit')), 'Audit')),
  page('/users', lazyRouteComponent(whole(() => import('./access/Users')), 'Users')),
  page('/tokens', lazyRouteComponent(whole(() => import('./access/Tokens')), 'Tokens')),
  page('/account', lazyRouteComponent(whole(() => import('./access/Account')), 'Account')),
  page('/explore', lazyRouteComponent(whole(() => import('./explore/Explorer')), 'Explorer')),
  page('/notifications', lazyRouteComponent(whole(() => import('./notify/Targets')), 'Targets')),
  page('/letters', lazyRouteComponent(whole(() => import('./notify/Letters')), 'Letters')),
  page('/backups', lazyRouteComponent(whole(() => import('./system/Backups')), 'Backups')),
  page('/system', lazyRouteComponent(whole(() => import('./system/System')), 'System')),
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
