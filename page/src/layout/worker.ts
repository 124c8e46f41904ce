import { type Order, place } from "./place.ts";

addEventListener("message", ({ data }: MessageEvent<Order>) => postMessage(place(data)));
