using Fed.Actors.Persistence;

namespace Fed.TestKit.Federation.Checks;

/// <summary>
/// What one log has acknowledged, kept beside it: whoever writes, each sequence number has one content, for ever, and a crash takes nothing back. Events are handed to the books once, in
/// their order, whether their writer told of them or a recovery found them.
/// </summary>
internal sealed class LogBook(string persistenceId, CheckContext checks, Func<long, IEnumerable<JournalEvent>> readAfter, Action<JournalEvent> found, Action<object> happened)
{
    private readonly Dictionary<long, Digest> _heads = [];   // ends of acknowledged appends
    private long _unfinished;   // events of an append that is being told, one by one

    /// <summary>The last event that is known to be on disk.</summary>
    public JournalHead Known { get; private set; } = new(0, ChainHash.Start(persistenceId));

    /// <summary>A writer was told that its append is on disk; one call for each of its events, all with the append's end.</summary>
    public void Appended(JournalHead head, object instance)
    {
        if (head.Sequence <= Known.Sequence)
        {
            // A recovery came between the append and its outcome: it is noted already.
            bool isSame = !_heads.TryGetValue(head.Sequence, out Digest before) || before == head.Digest;
            checks.Require(FederationCheck.OneWriter, isSame, $"two writers were told that event {head.Sequence} of {persistenceId} is theirs");
            return;
        }

        _unfinished++;
        if (Known.Sequence + _unfinished == head.Sequence) Advance(head);
        happened(instance);
    }

    /// <summary>A process has read the log: what it found beyond what was told was appended before a crash fell between append and outcome.</summary>
    public void Recovered(JournalHead head)
    {
        checks.Require(FederationCheck.Journal, head.Sequence >= Known.Sequence, $"{persistenceId} recovered {head.Sequence} events and had acknowledged {Known.Sequence}");
        bool isSame = !_heads.TryGetValue(head.Sequence, out Digest before) || before == head.Digest;
        checks.Require(FederationCheck.Journal, isSame, $"{persistenceId} recovered another event {head.Sequence} than was acknowledged");
        if (head.Sequence == Known.Sequence) return;
        NoteUpTo(head);
    }

    /// <summary>One who leads no longer has read the log: not its end any more, perhaps, but what nobody has told of yet must be in the books before he tells what he appends behind it.</summary>
    public void ReadByAnother(JournalHead head)
    {
        if (head.Sequence > Known.Sequence) NoteUpTo(head);
    }

    /// <summary>After a crash: the disk still holds, bit for bit, everything that was ever acknowledged.</summary>
    public void AfterCrash()
    {
        _unfinished = 0;
        if (Known.Sequence == 0) return;
        JournalEvent kept = readAfter(Known.Sequence - 1).FirstOrDefault();
        checks.Require(
            FederationCheck.Journal, kept.Sequence == Known.Sequence && kept.Hash == Known.Digest, $"{persistenceId} forgot event {Known.Sequence} in a crash, although its journal had said Appended");
    }

    /// <summary>The disk was put back to an older state, behind the back of its writer; false where nothing was acknowledged since.</summary>
    public bool Rewind()
    {
        _unfinished = 0;
        JournalEvent last = readAfter(0).LastOrDefault();
        if (last.Sequence >= Known.Sequence) return false;
        foreach (long sequence in _heads.Keys.Where(sequence => sequence > last.Sequence).ToArray()) _heads.Remove(sequence);
        Known = last.Sequence == 0 ? new JournalHead(0, ChainHash.Start(persistenceId)) : new JournalHead(last.Sequence, last.Hash);
        _heads[Known.Sequence] = Known.Digest;
        return true;
    }

    /// <summary>The whole chain, from its first byte.</summary>
    /// <param name="mayBeAhead">True where its writer has left for good: the disk may hold an append whose outcome nobody heard of.</param>
    public void Verify(bool mayBeAhead)
    {
        Digest head = ChainHash.Start(persistenceId);
        long sequence = 0;
        foreach (JournalEvent stored in readAfter(0))
        {
            head = ChainHash.Next(head, ++sequence, stored.Epoch, stored.At, stored.Tag, stored.Version, stored.Payload.Span);
            checks.Require(FederationCheck.Journal, stored.Sequence == sequence && stored.Hash == head, $"the hash chain of {persistenceId} breaks at event {sequence}");
            bool isKept = !_heads.TryGetValue(sequence, out Digest told) || told == head;
            checks.Require(FederationCheck.OneWriter, isKept, $"event {sequence} of {persistenceId} is not the one that was acknowledged");
        }

        checks.Require(FederationCheck.Journal, sequence == Known.Sequence || (mayBeAhead && sequence > Known.Sequence), $"{persistenceId} has {sequence} events on disk and acknowledged {Known.Sequence}");
    }

    private void NoteUpTo(JournalHead head)
    {
        foreach (JournalEvent stored in readAfter(Known.Sequence).TakeWhile(stored => stored.Sequence <= head.Sequence).ToArray())
        {
            Advance(new JournalHead(stored.Sequence, stored.Hash));
            found(stored);
        }
    }

    private void Advance(JournalHead head)
    {
        _unfinished = 0;
        _heads[head.Sequence] = head.Digest;
        Known = head;
    }
}
