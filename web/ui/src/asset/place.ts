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

const levels = ['site ', 'building ', 'floor ', 'unit ', 'room ', 'bed '];

/** spotText writes a place that the record keeps as "unit ICU, bed 4" as the other places are written. */
export function spotText(spot: string): string {
  return spot
    .split(', ')
    .map((part) => {
      const level = levels.find((l) => part.startsWith(l));
      return level ? part.slice(level.length) : part;
    })
    .join(' · ');
}
