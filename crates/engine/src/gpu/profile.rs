//! Where a step's time goes: one dispatch again and again, to be timed by whoever has a clock.
//!
//! Timestamps of devices are coarse in browsers (100 µs in Chromium) and absent on some devices. A dispatch repeated
//! some thousand times in one submission needs neither.
//! Left out: what dispatches cost in each other's company, such as caches that one fills for the next.

use super::error::GpuError;
use super::executor::Executor;

impl Executor {
    /// What a dispatch of the step does: the titles of its kernels ([`crate::plan::Kernel::title`]).
    pub fn dispatch_title(&self, dispatch: usize) -> Option<&str> {
        self.dispatches.get(dispatch).map(|ready| ready.title.as_str())
    }

    /// Submits one dispatch of the step `repeats` times, and returns without waiting. Words of the arena are then what no step
    /// leaves: for executors that are looked at and thrown away.
    ///
    /// Fails as [`Executor::submit`] does; a dispatch that there is not does nothing.
    pub fn submit_dispatch(&mut self, dispatch: usize, repeats: u32) -> Result<(), GpuError> {
        self.device.check()?;
        let Some(ready) = self.dispatches.get(dispatch) else { return Ok(()) };
        let mut encoder = self.device.raw.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipelines[ready.pipeline]);
            pass.set_bind_group(0, &self.bindings, &[ready.arguments]);
            for _ in 0..repeats {
                pass.dispatch_workgroups(ready.groups[0], ready.groups[1], 1);
            }
        }
        self.device.queue.submit([encoder.finish()]);
        Ok(())
    }
}
