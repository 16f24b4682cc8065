import type { Place } from '../api/types';

/** placeText writes where a device stands, from the unit down; "" is unknown. */
export function placeText(p: Place | undefined): string {
  if (!p || p.status === 'unknown') return '';
  const near = [p.unit, p.room, p.bed].filter(Boolean);
  return (near.length > 0 ? near : [p.site, p.building, p.floor].filter(Boolean)).join(' · ');
}

/** fullPlace writes the whole of it. */
export function fullPlace(p: Place | undefined): string {
  if (!p || p.status === 'unknown') return '';
  return [p.site, p.building, p.floor, p.unit, p.room, p.bed].filter(Boolean).join(' · ');
}
