import type { GeoJSONSource } from 'maplibre-gl';
import type { BBox, LonLat } from '../../geo/coordinates';
import { CityMap } from '../../map/create';
import type { Place } from '../api';
import { language, say } from '../words';
import { publicStyle, FOUND } from './public-style';

interface Hands {
  readonly chosen: (point: LonLat) => void;
  readonly ready: () => void;
}

const NO_PADDING = { top: 20, right: 20, bottom: 20, left: 20 };
const CLOSE_ZOOM = 16;
/** How many places are shown together with the spot. */
const NEAREST = 5;
const ROOM_PX = { top: 50, right: 30, bottom: 30, left: 30 };

/** Our base map with the places that were found, and the spot they were looked for from. */
export class PublicMap {
  readonly #city: CityMap;
  #spot: LonLat | null = null;

  constructor(container: HTMLElement, bbox: BBox, hands: Hands) {
    const style = publicStyle(language.current, location.origin);
    this.#city = new CityMap(
      { container, style, bounds: bbox, around: bbox, label: say('where.mapLabel'), padding_px: NO_PADDING, inAddress: false },
      {
        onClick: ({ point }) => hands.chosen(point),
        onHover: () => undefined,
        onPointer: () => undefined,
        onMove: () => undefined,
        onBusy: () => undefined,
        onError: () => undefined,
        onReady: hands.ready,
      },
    );
    window.citygridMap = this.#city.native;
  }

  show(spot: LonLat | null): void {
    const first = !this.#spot;
    this.#spot = spot;
    this.#city.mark(spot, say('where.here'));
    if (!spot || (!first && this.#city.sees(spot, NO_PADDING))) return;
    this.#city.native.jumpTo({ center: [spot.lon, spot.lat], zoom: Math.max(this.#city.zoom(), CLOSE_ZOOM) });
  }

  /** Numbers places as the list does, and shows the nearest of them together with the spot. */
  number(places: readonly Place[]): void {
    const features = places.map(({ lon, lat }, at) => ({
      type: 'Feature' as const,
      geometry: { type: 'Point' as const, coordinates: [lon, lat] },
      properties: { number: String(at + 1), rank: at },
    }));
    this.#city.whenStyled(() => {
      this.#city.native.getSource<GeoJSONSource>(FOUND)?.setData({ type: 'FeatureCollection', features });
    });
    if (this.#spot && places.length) this.#frame([this.#spot, ...places.slice(0, NEAREST)]);
  }

  #frame(points: readonly LonLat[]): void {
    const [lon, lat] = [points.map((point) => point.lon), points.map((point) => point.lat)];
    const box: BBox = [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
    this.#city.native.fitBounds([...box], { padding: ROOM_PX, maxZoom: CLOSE_ZOOM, animate: false });
  }

  tellLanguage(): void {
    this.#city.whenStyled(() => this.#city.setLanguage(language.current, say('where.mapLabel')));
  }

  remove(): void {
    delete window.citygridMap;
    this.#city.remove();
  }
}
