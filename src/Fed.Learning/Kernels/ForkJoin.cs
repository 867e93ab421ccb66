using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Fed.Learning.Kernels;

/// <summary>Work that falls into parts, each with outputs of its own, so that it does not matter who does which part when. A ref struct may hold spans.</summary>
internal interface IParts
{
    /// <summary>How many parts.</summary>
    int Parts { get; }

    /// <summary>Does one of them.</summary>
    void Run(int part);
}

/// <summary>
/// Runs the parts of a kernel on idle cores of this process. Never on more threads than <see cref="Degree"/> altogether: silos that train side by side share them, and a kernel that finds none
/// idle does all parts itself. Which thread does what is left to chance, so parts must be cut by sizes alone and results joined in a fixed order; then the bits are the same for any number of threads.
/// </summary>
/// <remarks>Allocates nothing once its threads run. An exception of a part ends the work and reaches the caller. Kernels last milliseconds, so that cancellation is left to whoever calls them.</remarks>
internal static class ForkJoin
{
    // Forks that this thread may use: a part that forks itself needs one of its own, since helpers may still be at the parts of the outer one.
    [ThreadStatic]
    private static Fork? t_spare;

    [ThreadStatic]
    private static int t_depth;

    private static Helper[] s_helpers = [];
    private static int s_degree = Environment.ProcessorCount;
    private static int s_busy;

    /// <summary>Threads that may compute at once, in the whole process; at least 1.</summary>
    public static int Degree
    {
        get => Volatile.Read(ref s_degree);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Volatile.Write(ref s_degree, value);
        }
    }

    /// <summary>Counts the calling thread among those that compute, until <see cref="Leave"/>: so that a kernel of another thread does not take its core between two of its own kernels.</summary>
    public static void Enter()
    {
        if (t_depth++ == 0) Interlocked.Increment(ref s_busy);
    }

    /// <summary>Ends what <see cref="Enter"/> began.</summary>
    public static void Leave()
    {
        if (--t_depth == 0) Interlocked.Decrement(ref s_busy);
    }

    /// <summary>Does all parts and returns when they are done.</summary>
    /// <param name="work">Is read by other threads while this one waits.</param>
    public static void Run<TParts>(TParts work)
        where TParts : struct, IParts, allows ref struct
    {
        Enter();
        try
        {
            if (work.Parts > 1 && Volatile.Read(ref s_busy) < Degree) Share(ref work);
            else
                for (int part = 0; part < work.Parts; part++) work.Run(part);
        }
        finally
        {
            Leave();
        }
    }

    // The other threads get the address of the work, which lies in the frame of Run: that frame stays until they are done, the stack does not move, and what the work refers to is kept
    // by the frame and, once loaded, by the threads' own. Hence no pinning and no copy to the heap, which would cost a kernel's caller an allocation.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void Share<TParts>(ref TParts work)
        where TParts : struct, IParts, allows ref struct
    {
        Fork fork = t_spare ?? new Fork();
        t_spare = fork.Next;
        fork.Begin(&Part<TParts>, Unsafe.AsPointer(ref work), work.Parts);
        for (int wanted = work.Parts - 1; wanted > 0 && TryTakeCore(); wanted--) fork.Add(Idle());
        fork.Work();
        Exception? failure = fork.Join();
        fork.Next = t_spare;
        t_spare = fork;
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
    }

    private static unsafe void Part<TParts>(void* work, int part)
        where TParts : struct, IParts, allows ref struct => Unsafe.AsRef<TParts>(work).Run(part);

    private static bool TryTakeCore()
    {
        int busy = Volatile.Read(ref s_busy);
        while (busy < Degree)
        {
            int seen = Interlocked.CompareExchange(ref s_busy, busy + 1, busy);
            if (seen == busy) return true;
            busy = seen;
        }
        return false;
    }

    // There is always one: cores in use are counted, and a helper is idle when its core is given back.
    private static Helper Idle()
    {
        while (true)
        {
            Helper[] helpers = Volatile.Read(ref s_helpers);
            foreach (Helper helper in helpers)
                if (helper.TryClaim()) return helper;
            Helper[] more = [.. helpers, new Helper(helpers.Length + 1)];
            if (Interlocked.CompareExchange(ref s_helpers, more, helpers) != helpers) continue;
            more[^1].Start();
            return more[^1];
        }
    }

    /// <summary>The parts of one call, and who is at them. One object a calling thread and depth of nesting, used again and again.</summary>
    private sealed unsafe class Fork
    {
        private readonly List<Helper> _helpers = [];
        private readonly Signal _joined = new();
        private delegate*<void*, int, void> _part;
        private void* _work;
        private int _parts;
        private int _next;
        private int _outstanding;
        private Exception? _failure;

        /// <summary>While it is spare: the next spare one of the same thread.</summary>
        public Fork? Next { get; set; }

        public void Begin(delegate*<void*, int, void> part, void* work, int parts)
        {
            _part = part;
            _work = work;
            _parts = parts;
            _next = 0;
            _outstanding = 1;   // the caller itself
            _failure = null;
            _helpers.Clear();
        }

        public void Add(Helper helper)
        {
            _helpers.Add(helper);
            Interlocked.Increment(ref _outstanding);
            helper.Give(this);
        }

        /// <summary>Does parts until none is left.</summary>
        public void Work()
        {
            try
            {
                for (int part; (part = Interlocked.Increment(ref _next) - 1) < _parts;) _part(_work, part);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, e, null);
                Volatile.Write(ref _next, _parts);
            }
        }

        /// <summary>A helper is done, and will not look at the work again.</summary>
        public void Done()
        {
            if (Interlocked.Decrement(ref _outstanding) == 0) _joined.Give();
        }

        /// <summary>Waits for the helpers; those that have not begun are sent back. Returns the first exception of a part, if any.</summary>
        public Exception? Join()
        {
            foreach (Helper helper in _helpers)
                if (helper.TryTakeBack(this)) Interlocked.Decrement(ref _outstanding);
            if (Interlocked.Decrement(ref _outstanding) != 0) _joined.Wait();
            return _failure;
        }
    }

    /// <summary>A thread that waits for parts to do.</summary>
    private sealed class Helper
    {
        private readonly Signal _given = new();
        private readonly Thread _thread;
        private Fork? _fork;
        private int _isClaimed = 1;   // by who makes it

        public Helper(int number) => _thread = new Thread(Loop) { IsBackground = true, Name = $"kernel-{number}" };

        public void Start() => _thread.Start();

        public bool TryClaim() => Interlocked.CompareExchange(ref _isClaimed, 1, 0) == 0;

        public void Give(Fork fork)
        {
            Volatile.Write(ref _fork, fork);
            _given.Give();
        }

        /// <summary>True when it had not begun; then it is idle again.</summary>
        public bool TryTakeBack(Fork fork)
        {
            if (Interlocked.CompareExchange(ref _fork, null, fork) != fork) return false;
            Free();
            return true;
        }

        private void Free()
        {
            Volatile.Write(ref _isClaimed, 0);
            Interlocked.Decrement(ref s_busy);
        }

        private void Loop()
        {
            t_depth = 1;   // its core is counted by who gives it work
            while (true)
            {
                _given.Wait();
                if (Interlocked.Exchange(ref _fork, null) is not { } fork) continue;   // taken back
                fork.Work();
                Free();
                fork.Done();
            }
        }
    }
}
