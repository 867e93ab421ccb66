using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fed.Actors.Kernel.Mailboxes;

/// <summary>
/// A bounded lock-free queue of many producers and one consumer, in rings that grow as needed: an actor with little mail has a ring of four slots, a
/// busy one a ring in which nothing is allocated per message.
/// </summary>
/// <remarks>
/// Each slot has a sequence number as in Vyukov's bounded queue: <c>position</c> when free for that position, <c>position + 1</c> when filled. Positions run on
/// from ring to ring. A full ring is frozen (sign bit of its tail) and a larger one linked behind it. A ticket is taken by a full-fence exchange, so a producer that then
/// reads the mailbox's status and a consumer that goes idle and then calls <see cref="HasTickets"/> cannot miss each other, without one more fence per message.
/// </remarks>
internal sealed class MpscQueue<T>
{
    private const int FirstSlots = 4;
    private const int LargestSlots = 65_536;   // some 1.5 MB: a larger backlog is a chain of rings, each used once
    private const long Frozen = long.MinValue;

    private readonly int _capacity;
    private Ring _tailRing;
    private long _limit;      // positions below it are known to be within the capacity; renewed from the consumer's only when reached
    private Ring _headRing;
    private Slot[] _headSlots;   // the consumer's own way to the slots: the ring's line is the producers'
    private ConsumerPosition _consumer;

    public MpscQueue(int capacity)
    {
        _capacity = capacity;
        _limit = capacity;
        _headRing = _tailRing = new Ring(FirstSlots, 0);
        _headSlots = _headRing.Slots;
    }

    /// <summary>Adds an item; from any thread. False: the queue is full (never with <paramref name="force"/>).</summary>
    public bool TryEnqueue(in T item, bool force)
    {
        while (true)
        {
            Ring ring = Volatile.Read(ref _tailRing);
            long position = Volatile.Read(ref ring.Tail);
            if (position < 0)
            {
                Grow(ring);
                continue;
            }
            ref Slot slot = ref At(ring.Slots, position);
            long sequence = Volatile.Read(ref slot.Sequence);
            if (sequence == position)
            {
                if (position >= Volatile.Read(ref _limit) && !force && !RaiseLimit(position)) return false;
                if (Interlocked.CompareExchange(ref ring.Tail, position + 1, position) != position) continue;
                slot.Item = item;
                Volatile.Write(ref slot.Sequence, position + 1);
                return true;
            }
            if (sequence < position)
            {
                if (!force && position >= Volatile.Read(ref _limit) && !RaiseLimit(position)) return false;
                Grow(ring);
            }
        }
    }

    /// <summary>Takes the oldest item; by the consumer only. False: there is none, or its producer has a ticket but has not written yet.</summary>
    public bool TryDequeue(out T item)
    {
        long position = _consumer.Head;
        while (true)
        {
            ref Slot slot = ref At(_headSlots, position);
            if (Volatile.Read(ref slot.Sequence) == position + 1)
            {
                item = slot.Item;
                slot.Item = default!;
                Volatile.Write(ref slot.Sequence, position + _headSlots.Length);
                Volatile.Write(ref _consumer.Head, position + 1);
                return true;
            }
            Ring ring = _headRing;
            if (Volatile.Read(ref ring.Tail) != (position | Frozen) || Volatile.Read(ref ring.Next) is not { } next)
            {
                item = default!;
                return false;
            }
            _headRing = next;
            _headSlots = next.Slots;
        }
    }

    /// <summary>True where an item is queued or about to be; by the consumer, or by whoever has just gone idle.</summary>
    public bool HasTickets
    {
        get
        {
            for (Ring? ring = Volatile.Read(ref _headRing); ring is not null; ring = Volatile.Read(ref ring.Next))
            {
                if ((Volatile.Read(ref ring.Tail) & ~Frozen) != Volatile.Read(ref _consumer.Head)) return true;
            }
            return false;
        }
    }

    private bool RaiseLimit(long position)
    {
        long limit = Volatile.Read(ref _consumer.Head) + _capacity;
        Volatile.Write(ref _limit, limit);   // two producers may write here in any order: a lower limit only asks again
        return position < limit;
    }

    private void Grow(Ring full)
    {
        long end = Interlocked.Or(ref full.Tail, Frozen) & ~Frozen;
        if (Volatile.Read(ref full.Next) is null)
            Interlocked.CompareExchange(ref full.Next, new Ring(Math.Min(2 * full.Length, LargestSlots), end), null);
        Interlocked.CompareExchange(ref _tailRing, full.Next!, full);
    }

    // The mask keeps the index inside the array, so the bounds check is left out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref Slot At(Slot[] slots, long position) => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(slots), (nint)(position & (slots.Length - 1)));

    private struct Slot
    {
        public long Sequence;
        public T Item;
    }

    private sealed class Ring
    {
        public readonly Slot[] Slots;
        public long Tail;
        public Ring? Next;

        public Ring(int length, long start)
        {
            Slots = new Slot[length];
            Tail = start;
            for (long position = start; position < start + length; position++) At(Slots, position).Sequence = position;
        }

        public int Length => Slots.Length;
    }
}

/// <summary>Where the consumer is, a cache line away from what the producers read with every message.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct ConsumerPosition
{
    [FieldOffset(64)]
    public long Head;
}
