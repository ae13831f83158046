import { isPicture } from '../api/types';
import { language, t } from '../i18n';
import { CityMap, type MapListeners } from '../map/create';
import { LAYER_NAMES, pictureName } from '../map/layer-names';
import { buildStyle } from '../map/style';
import * as app from './app';
import * as camera from './camera';
import { hasCamera, readAt } from './hash';
import { select } from './select';
import { expire, reachable } from './session';

declare global {
  interface Window {
    /** The map object, for tests and the curious; it can do nothing the page cannot. */
    citygridMap?: CityMap['native'];
  }
}

/** Draws the city and keeps map and state in step; returns the function that takes the map away. */
export function startMap(container: HTMLElement, { city, home, layers }: app.Opened): () => void {
  const asked = readAt(location.hash);
  const cameraNamed = hasCamera(location.hash);
  const style = buildStyle(layers, language.current, app.visibility.current, location.origin);
  const options = { container, style, bounds: home, around: city.bbox, label: t('map.label'), padding_px: camera.padding() };
  const map = new CityMap(options, listeners());
  camera.useMap(map);
  window.citygridMap = map.native;
  app.zoom.set(map.zoom());
  const stops = [...follow(map), showPictures(map, layers)];
  map.whenStyled(() => app.map.set(map.native));
  if (asked) {
    void select(asked);
    if (cameraNamed) camera.reveal(asked);
    else camera.flyTo(asked);
  }
  return () => end(map, stops);
}

function listeners(): MapListeners {
  return {
    onClick: ({ point, feature }) => {
      void select(point, feature);
      camera.reveal(point);
    },
    onHover: (unit) => app.hovered.set(unit),
    onPointer: (point) => app.pointer.set(point),
    onMove: (zoom) => app.zoom.set(zoom),
    onBusy: (busy) => app.busy.set(busy),
    onError: (status, message) => noteError(status, message),
    onReady: () => (document.documentElement.dataset['ready'] = '1'),
  };
}

function noteError(status: number, message: string): void {
  if (status === 401) return expire();
  // Kept on the console so that a broken worker or style is never silent.
  console.error(`map: ${message}`);
  app.failedTiles.set(app.failedTiles.current + 1);
}

function follow(map: CityMap): Array<() => void> {
  const mark = (): void => map.mark(app.selection.current?.point ?? null, t('map.marker'));
  const fill = (): void => map.select(app.shownUnit.current?.layer ?? null, app.shownUnit.current?.code ?? null);
  const show = (): void => LAYER_NAMES.forEach((name) => map.setVisible(name, app.visibility.current[name]));
  const translate = (): void => map.setLanguage(language.current, t('map.label'));
  const redraw = (): void => map.redraw();
  addEventListener('beforeprint', redraw);
  return [
    () => removeEventListener('beforeprint', redraw),
    app.selection.watch(mark),
    app.shownUnit.watch(() => map.whenStyled(fill)),
    app.visibility.watch(() => map.whenStyled(show)),
    language.watch(() => map.whenStyled(translate)),
    reachable.watch((up) => void (up && app.failedTiles.current > 0 && camera.reloadTiles())),
  ];
}

/** Shows the pictures of other platforms that are switched on, now and later. */
function showPictures(map: CityMap, layers: app.Opened['layers']): () => void {
  const pictures = layers.filter(isPicture);
  const show = (): void =>
    map.whenStyled(() => map.showPictures(pictures, ({ name }) => !!app.visibility.current[pictureName(name)]));
  show();
  return app.visibility.watch(show);
}

function end(map: CityMap, stops: ReadonlyArray<() => void>): void {
  for (const stop of stops) stop();
  camera.useMap(null);
  app.map.set(null);
  delete window.citygridMap;
  delete document.documentElement.dataset['ready'];
  map.remove();
}
