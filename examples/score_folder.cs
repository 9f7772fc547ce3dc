/* score_folder.cs - how does a C# program score the images of a folder?
 *
 *     mcs score_folder.cs
 *     mono score_folder.exe MODEL_DIR DETECTOR.safetensors FOLDER                                           */
using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

/* What rwda.h declares, as far as it is used here. */
static class Rwda
{
    const string Library = "librwda.so.0";

    [StructLayout(LayoutKind.Sequential)]
    public struct Error
    {
        public int  Code;
        public long Offset;
        [MarshalAs(UnmanagedType.ByValArray, SizeConst = 480)]
        public byte[] Message;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Score
    {
        public float   Value, Fnn, Clip;
        public UIntPtr Crops;
        public float   Logit, Memory;
    }

    [DllImport(Library)]
    public static extern int rwda_image_named([MarshalAs(UnmanagedType.LPUTF8Str)] string path);
    [DllImport(Library)]
    public static extern int rwda_model_open(out Model model, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, IntPtr options, out Error err);
    [DllImport(Library)]
    public static extern void rwda_model_free(IntPtr model);
    [DllImport(Library)]
    public static extern int rwda_session_new(out Session session, Model model, IntPtr options, out Error err);
    [DllImport(Library)]
    public static extern void rwda_session_free(IntPtr session);
    [DllImport(Library)]
    public static extern int rwda_detector_load(out Detector detector, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, out Error err);
    [DllImport(Library)]
    public static extern void rwda_detector_free(IntPtr detector);
    [DllImport(Library)]
    public static extern int rwda_scorer_new(out Scorer scorer, Session session, Detector detector, IntPtr options, out Error err);
    [DllImport(Library)]
    public static extern void rwda_scorer_free(IntPtr scorer);
    [DllImport(Library)]
    public static extern int rwda_image_load(out Image image, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, IntPtr options, out Error err);
    [DllImport(Library)]
    public static extern void rwda_image_free(IntPtr image);
    [DllImport(Library)]
    public static extern int rwda_scorer_score_images_sized(out Score score, UIntPtr size, Session session, Scorer scorer, IntPtr[] images, UIntPtr n, out Error err);

    public static void Check(int status, Error err)
    {
        if (status == 0)
            return;
        throw new RwdaException(Encoding.UTF8.GetString(err.Message, 0, Array.IndexOf(err.Message, (byte)0)));
    }
}

sealed class RwdaException : Exception
{
    public RwdaException(string message) : base(message) { }
}

/* Objects of the library, given back at the end of their `using`. */
abstract class Handle : SafeHandle
{
    protected Handle() : base(IntPtr.Zero, true) { }
    public override bool IsInvalid { get { return handle == IntPtr.Zero; } }
    protected override bool ReleaseHandle() { Free(handle); return true; }
    protected abstract void Free(IntPtr held);
}

sealed class Model : Handle
{
    protected override void Free(IntPtr held) { Rwda.rwda_model_free(held); }

    public static Model Open(string path)
    {
        Model      model;
        Rwda.Error err;

        Rwda.Check(Rwda.rwda_model_open(out model, path, IntPtr.Zero, out err), err);
        return model;
    }
}

sealed class Session : Handle
{
    protected override void Free(IntPtr held) { Rwda.rwda_session_free(held); }

    public static Session On(Model model)
    {
        Session    session;
        Rwda.Error err;

        Rwda.Check(Rwda.rwda_session_new(out session, model, IntPtr.Zero, out err), err);
        return session;
    }
}

sealed class Detector : Handle
{
    protected override void Free(IntPtr held) { Rwda.rwda_detector_free(held); }

    public static Detector Load(string path)
    {
        Detector   detector;
        Rwda.Error err;

        Rwda.Check(Rwda.rwda_detector_load(out detector, path, out err), err);
        return detector;
    }
}

sealed class Image : Handle
{
    protected override void Free(IntPtr held) { Rwda.rwda_image_free(held); }

    public static Image Load(string path)
    {
        Image      image;
        Rwda.Error err;

        Rwda.Check(Rwda.rwda_image_load(out image, path, IntPtr.Zero, out err), err);
        return image;
    }
}

sealed class Scorer : Handle
{
    protected override void Free(IntPtr held) { Rwda.rwda_scorer_free(held); }

    public static Scorer By(Session session, Detector detector)
    {
        Scorer     scorer;
        Rwda.Error err;

        Rwda.Check(Rwda.rwda_scorer_new(out scorer, session, detector, IntPtr.Zero, out err), err);
        return scorer;
    }

    public float Score(Session session, Image image)
    {
        Rwda.Score score;
        Rwda.Error err;
        var        images = new[] { image.DangerousGetHandle() };
        var        size   = (UIntPtr)Marshal.SizeOf(typeof(Rwda.Score));

        Rwda.Check(Rwda.rwda_scorer_score_images_sized(out score, size, session, this, images, (UIntPtr)1, out err), err);
        GC.KeepAlive(image);
        return score.Value;
    }
}

static class Program
{
    static int ScoreFolder(string modelDir, string detectorPath, string folder)
    {
        int      failed = 0;
        string[] paths  = Array.FindAll(Directory.GetFiles(folder), path => Rwda.rwda_image_named(path) != 0);

        Array.Sort(paths, StringComparer.Ordinal);
        using (Model model = Model.Open(modelDir))
        using (Session session = Session.On(model))
        using (Detector detector = Detector.Load(detectorPath))
        using (Scorer scorer = Scorer.By(session, detector))
            foreach (string path in paths) {
                float score;

                try {
                    using (Image image = Image.Load(path))
                        score = scorer.Score(session, image);
                } catch (RwdaException error) {
                    Console.Error.WriteLine(error.Message);
                    failed = 1;
                    continue;
                }
                Console.WriteLine(FormattableString.Invariant($"{(double)score,8:F4}  {path}"));
            }
        return failed;
    }

    static int Main(string[] arguments)
    {
        if (arguments.Length != 3) {
            Console.Error.WriteLine("usage: score_folder MODEL_DIR DETECTOR FOLDER");
            return 2;
        }
        try {
            return ScoreFolder(arguments[0], arguments[1], arguments[2]);
        } catch (Exception error) when (error is RwdaException || error is IOException) {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
    }
}
