import type { Job } from '../api/types';
import type { Saying } from '../asset/said';

/** What an import does with one line. */
export interface MatchedRow {
  line: number;
  name: string;
  match: string;
  device?: string;
  why: string;
  /** Absent from reports of earlier versions. */
  reasons?: Saying[];
  adds?: string[];
}

export interface RowProblem {
  file: string;
  line: number;
  column?: string;
  text: string;
}

/** What an import of a list did, or would do. */
export interface Report {
  id: string;
  dryRun: boolean;
  rows: number;
  exact: number;
  probable: number;
  conflict: number;
  new: number;
  matches: MatchedRow[];
  problems: RowProblem[];
  uncited?: number;
  unmapped?: string[];
}

/** readReport reads the result of the job that took a list in. */
export function readReport(job: Job): Report | undefined {
  const r: unknown = job.result;
  if (typeof r !== 'object' || r === null || typeof Reflect.get(r, 'rows') !== 'number') return undefined;
  if (job.state !== 'done' && job.state !== 'partly') return undefined;
  const report = r as Report; // the job of a list has no other result
  return { ...report, matches: report.matches ?? [], problems: report.problems ?? [] };
}
