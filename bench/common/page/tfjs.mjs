// TensorFlow.js in a classic worker: backends cpu, wasm (one thread, SIMD) and webgpu.

const PACKAGES = "/node_modules/@tensorflow/";

/** The library with this backend in use. */
export async function start(backend) {
  importScripts(`${PACKAGES}tfjs/dist/tf.min.js`);
  const { tf } = globalThis;
  if (backend === "wasm") {
    importScripts(`${PACKAGES}tfjs-backend-wasm/dist/tf-backend-wasm.min.js`);
    tf.wasm.setWasmPaths(`${PACKAGES}tfjs-backend-wasm/wasm-out/`);
    // With it, tfjs would start threads. SIMD it finds out by itself.
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  }
  if (backend === "webgpu") importScripts(`${PACKAGES}tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js`);
  if (!(await tf.setBackend(backend))) throw new Error(`tfjs has no backend ${backend} here`);
  await tf.ready();
  return tf;
}
