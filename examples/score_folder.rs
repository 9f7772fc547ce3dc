/* score_folder.rs - how does a Rust program score the images of a folder?
 *
 *     rustc -O score_folder.rs $(pkg-config --libs-only-L rwda)
 *     ./score_folder MODEL_DIR DETECTOR.safetensors FOLDER                                                  */
use std::ffi::{c_void, CStr, CString};
use std::os::raw::{c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::{env, fs, process, ptr};

/* ---- What rwda.h declares, as far as it is used here ------------------------------------------------------------- */

#[repr(C)]
struct Error {
    code: c_int,
    offset: i64,
    message: [c_char; 480],
}

#[repr(C)]
#[derive(Default)]
struct Score {
    score: f32,
    score_fnn: f32,
    score_clip: f32,
    crops: usize,
    logit: f32,
    score_memory: f32,
}

#[repr(C)]
struct Model([u8; 0]);
#[repr(C)]
struct Session([u8; 0]);
#[repr(C)]
struct Detector([u8; 0]);
#[repr(C)]
struct Scorer([u8; 0]);
#[repr(C)]
struct Image([u8; 0]);

#[link(name = "rwda")]
extern "C" {
    fn rwda_image_named(path: *const c_char) -> c_int;
    fn rwda_model_open(out: *mut *mut Model, path: *const c_char, options: *const c_void, err: *mut Error) -> c_int;
    fn rwda_model_free(model: *mut Model);
    fn rwda_session_new(out: *mut *mut Session, model: *const Model, options: *const c_void, err: *mut Error) -> c_int;
    fn rwda_session_free(session: *mut Session);
    fn rwda_detector_load(out: *mut *mut Detector, path: *const c_char, err: *mut Error) -> c_int;
    fn rwda_detector_free(detector: *mut Detector);
    fn rwda_scorer_new(
        out: *mut *mut Scorer, session: *mut Session, detector: *const Detector, options: *const c_void, err: *mut Error,
    ) -> c_int;
    fn rwda_scorer_free(scorer: *mut Scorer);
    fn rwda_image_load(out: *mut *mut Image, path: *const c_char, options: *const c_void, err: *mut Error) -> c_int;
    fn rwda_image_free(image: *mut Image);
    fn rwda_scorer_score_images_sized(
        out: *mut Score, size: usize, session: *mut Session, scorer: *const Scorer, images: *const *const Image, n: usize,
        err: *mut Error,
    ) -> c_int;
}

/* ---- The same, safe ------------------------------------------------------------------------------------------------ */

/* An object of the library, given back at the end. */
struct Owned<T> {
    held: *mut T,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        unsafe { (self.free)(self.held) }
    }
}

fn call(c_call: impl FnOnce(*mut Error) -> c_int) -> Result<(), String> {
    let mut err = Error { code: 0, offset: 0, message: [0; 480] };

    match c_call(&mut err) {
        0 => Ok(()),
        _ => Err(unsafe { CStr::from_ptr(err.message.as_ptr()) }.to_string_lossy().into_owned()),
    }
}

fn make<T>(
    free: unsafe extern "C" fn(*mut T), c_call: impl FnOnce(*mut *mut T, *mut Error) -> c_int,
) -> Result<Owned<T>, String> {
    let mut held = ptr::null_mut();

    call(|err| c_call(&mut held, err))?;
    Ok(Owned { held, free })
}

fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("no path holds a NUL")
}

fn score(session: &Owned<Session>, scorer: &Owned<Scorer>, path: &Path) -> Result<f32, String> {
    let name = c_path(path);
    let image = make(rwda_image_free, |out, err| unsafe { rwda_image_load(out, name.as_ptr(), ptr::null(), err) })?;
    let images = [image.held as *const Image];
    let mut score = Score::default();

    call(|err| unsafe {
        let size = std::mem::size_of::<Score>();
        rwda_scorer_score_images_sized(&mut score, size, session.held, scorer.held, images.as_ptr(), 1, err)
    })?;
    Ok(score.score)
}

/* How many images failed. */
fn run(model_dir: &Path, detector: &Path, folder: &Path) -> Result<usize, String> {
    let (model_dir, detector) = (c_path(model_dir), c_path(detector));
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {}", folder.display(), error))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    let mut failed = 0;

    paths.retain(|path| unsafe { rwda_image_named(c_path(path).as_ptr()) } != 0);
    paths.sort_by(|a, b| a.as_os_str().cmp(b.as_os_str()));

    /* Given back from the last to the first, as they need each other. */
    let model = make(rwda_model_free, |out, err| unsafe { rwda_model_open(out, model_dir.as_ptr(), ptr::null(), err) })?;
    let session =
        make(rwda_session_free, |out, err| unsafe { rwda_session_new(out, model.held, ptr::null(), err) })?;
    let detector = make(rwda_detector_free, |out, err| unsafe { rwda_detector_load(out, detector.as_ptr(), err) })?;
    let scorer = make(rwda_scorer_free, |out, err| unsafe {
        rwda_scorer_new(out, session.held, detector.held, ptr::null(), err)
    })?;

    for path in &paths {
        match score(&session, &scorer, path) {
            Ok(value) => writeln!(io::stdout(), "{:8.4}  {}", value, path.display()).map_err(|error| format!("standard output: {}", error))?,
            Err(message) => {
                eprintln!("{}", message);
                failed += 1;
            }
        }
    }
    Ok(failed)
}

fn main() {
    let arguments: Vec<PathBuf> = env::args_os().map(PathBuf::from).collect();

    if arguments.len() != 4 {
        eprintln!("usage: score_folder MODEL_DIR DETECTOR FOLDER");
        process::exit(2);
    }
    match run(&arguments[1], &arguments[2], &arguments[3]) {
        Ok(failed) => process::exit((failed > 0) as i32),
        Err(message) => {
            eprintln!("{}", message);
            process::exit(1);
        }
    }
}
