import { PackageCheck, UserCheck,
  Activity,
  Ear,
  BellRing,
  Boxes,
  CalendarClock,
  ChartArea,
  CircleHelp,
  ClipboardList,
  Drama,
  DatabaseBackup,
  FileQuestion,
  FileSearch,
  FileSpreadsheet,
  FileStack,
  Gavel,
  GitCompareArrows,
  History,
  Hospital,
  Hourglass,
  House,
  KeyRound,
  ListTodo,
  ListChecks,
  type LucideIcon,
  Mails,
  MapPinned,
  MonitorSmartphone,
  NotebookTabs,
  Puzzle,
  Repeat,
  Radar,
  Rss,
  ScrollText,
  Send,
  Server,
  ShieldAlert,
  Shuffle,
  Signpost,
  ShoppingCart,
  ShieldCheck,
  SquareTerminal,
  Undo2,
  Upload,
  Users,
  Waypoints,
} from 'lucide-react';
import type { Key } from '../words/words';

/** A Place is a page of the navigation. */
export interface Place {
  href: string;
  name: Key;
  icon: LucideIcon;
  needs?: string; // the action without which the page is closed
  keys?: string; // g and then this
  demo?: boolean; // only where everything is made up
}

export interface PlaceGroup {
  name: Key;
  places: Place[];
}

export const groups: PlaceGroup[] = [
  {
    name: 'nav.overview',
    places: [
      { href: '/', name: 'nav.home', icon: House, keys: 'h' },
      { href: '/setup', name: 'nav.setup', icon: ClipboardList },
      { href: '/tours', name: 'nav.tours', icon: Signpost, keys: 't' },
      { href: '/demo', name: 'nav.demo', icon: Drama, demo: true, keys: 'w' },
    ],
  },
  {
    name: 'nav.inventory',
    places: [
      { href: '/devices', name: 'nav.devices', icon: MonitorSmartphone, needs: 'device:read', keys: 'd' },
      { href: '/unidentified', name: 'nav.unidentified', icon: CircleHelp, needs: 'device:read', keys: 'q' },
      { href: '/reconciliation', name: 'nav.reconciliation', icon: ListChecks, needs: 'device:read' },
      { href: '/coverage', name: 'nav.coverage', icon: Radar, needs: 'device:read' },
      { href: '/locations', name: 'nav.locations', icon: Hospital, needs: 'device:read' },
      { href: '/models', name: 'nav.models', icon: Boxes, needs: 'bill:read', keys: 'm' },
      { href: '/sensors', name: 'nav.sensors', icon: Radar, needs: 'sensor:read' },
      { href: '/import', name: 'nav.import', icon: Upload, keys: 'i' },
      { href: '/import/list', name: 'nav.lists', icon: FileSpreadsheet, needs: 'device:import' },
    ],
  },
  {
    name: 'nav.exposure',
    places: [
      { href: '/findings', name: 'nav.findings', icon: ShieldAlert, needs: 'finding:read', keys: 'f' },
      { href: '/controls', name: 'nav.controls', icon: ShieldCheck, needs: 'finding:read' },
      { href: '/recalls', name: 'nav.recalls', icon: Undo2, needs: 'finding:read', keys: 'r' },
      { href: '/lifecycle', name: 'nav.lifecycle', icon: Hourglass, needs: 'finding:read' },
      { href: '/bills', name: 'nav.bills', icon: FileStack, needs: 'bill:read', keys: 'b' },
      { href: '/feeds', name: 'nav.feeds', icon: Rss, needs: 'feed:read' },
    ],
  },
  {
    name: 'nav.exchange',
    places: [
      { href: '/channels', name: 'nav.channels', icon: Waypoints, needs: 'channel:read', keys: 'c' },
      { href: '/messages', name: 'nav.messages', icon: Mails, needs: 'message:read' },
      { href: '/replays', name: 'replay.title', icon: Repeat, needs: 'message:replay' },
      { href: '/shadow-channels', name: 'nav.shadow', icon: Ear, needs: 'channel:read' },
      { href: '/quality', name: 'nav.quality', icon: Activity, needs: 'quality:read' },
      { href: '/quality-alerts', name: 'nav.qualityAlerts', icon: BellRing, needs: 'quality:read' },
      { href: '/stewardship', name: 'nav.stewardship', icon: UserCheck, needs: 'quality:read' },
      { href: '/data-recalls', name: 'nav.dataRecalls', icon: Undo2, needs: 'data-recall:read' },
      { href: '/releases', name: 'nav.releases', icon: PackageCheck, needs: 'release:read' },
      { href: '/mappings', name: 'nav.mappings', icon: Shuffle, needs: 'mapping:read' },
    ],
  },
  {
    name: 'nav.care',
    places: [
      { href: '/patches', name: 'nav.patches', icon: CalendarClock, needs: 'patch:read', keys: 'p' },
      { href: '/recall-work', name: 'nav.worklist', icon: ListTodo, needs: 'finding:read' },
      { href: '/ledger', name: 'nav.ledger', icon: NotebookTabs, needs: 'model:read' },
      { href: '/components', name: 'nav.components', icon: Puzzle, needs: 'model:read' },
      { href: '/forecast', name: 'nav.forecast', icon: ChartArea, needs: 'model:read' },
      { href: '/purchases', name: 'nav.purchases', icon: ShoppingCart, needs: 'procure:read' },
      { href: '/mds2', name: 'nav.mds2', icon: FileQuestion, needs: 'procure:read' },
      { href: '/procurement-policy', name: 'nav.policy', icon: Gavel, needs: 'procure:read' },
      { href: '/contradictions', name: 'nav.contradictions', icon: GitCompareArrows, needs: 'procure:read' },
    ],
  },
  {
    name: 'nav.segmentation',
    places: [{ href: '/map', name: 'nav.map', icon: MapPinned, needs: 'traffic:read', keys: 'n' }],
  },
  {
    name: 'nav.assurance',
    places: [
      { href: '/audit', name: 'nav.audit', icon: ScrollText, needs: 'audit:read', keys: 'a' },
      { href: '/disclosures', name: 'nav.disclosures', icon: FileSearch, needs: 'message:account' },
      { href: '/asof', name: 'nav.asof', icon: History, needs: 'knowledge:read' },
    ],
  },
  {
    name: 'nav.admin',
    places: [
      { href: '/users', name: 'nav.users', icon: Users, needs: 'user:read', keys: 'u' },
      { href: '/tokens', name: 'nav.tokens', icon: KeyRound, needs: 'token:write-own' },
      { href: '/notifications', name: 'nav.targets', icon: BellRing, needs: 'target:read' },
      { href: '/letters', name: 'nav.letters', icon: Send, needs: 'target:read' },
      { href: '/explore', name: 'nav.explore', icon: SquareTerminal },
      { href: '/backups', name: 'nav.backups', icon: DatabaseBackup, needs: 'system:read' },
      { href: '/system', name: 'nav.system', icon: Server, needs: 'system:read', keys: 's' },
    ],
  },
];

export const places: Place[] = groups.flatMap((g) => g.places);

/** placeOf finds the page an address belongs to. */
export function placeOf(path: string): Place | undefined {
  return places
    .filter((p) => path === p.href || (p.href !== '/' && path.startsWith(`${p.href}/`)))
    .sort((a, b) => b.href.length - a.href.length)[0];
}
