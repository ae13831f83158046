// What the start page fetches when layers are looked at, or when a link or a memory names some.
import './layer-tree';
