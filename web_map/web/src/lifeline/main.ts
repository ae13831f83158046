// What the start page fetches when somebody who may see networks has chosen a place.
import './trace-section';
