namespace Fed.Cluster.Journals;

/// <summary>
/// Verifies a journal from the reader's side: the hash chain finds edits, deletions and reordering; signed heads that others keep find what a chain alone cannot, a cut tail and
/// a history that was rewritten with its chain.
/// </summary>
public static class JournalAudit
{
    /// <summary>Recomputes the chain of every persistence id over its stored bytes.</summary>
    /// <param name="journal">The journal, read only.</param>
    /// <param name="newestVersion">The newest payload version that this program reads for a tag, or null for a tag that it does not know; no check when null.</param>
    /// <returns>A summary per log, in ordinal order of the ids, and everything that is wrong.</returns>
    public static AuditReport VerifyChains(IJournalReader journal, Func<string, int?>? newestVersion = null)
    {
        ImmutableArray<AuditFinding>.Builder findings = ImmutableArray.CreateBuilder<AuditFinding>();
        ImmutableArray<AuditedLog>.Builder logs = ImmutableArray.CreateBuilder<AuditedLog>();
        try
        {
            foreach (string persistenceId in journal.PersistenceIds()) logs.Add(VerifyChain(journal, persistenceId, newestVersion, findings));
        }
        catch (Exception failure) when (failure is JournalFormatException or IOException)
        {
            findings.Add(new AuditFinding(AuditFault.Unreadable, "", 0, failure.Message));
        }
        return new AuditReport(logs.DrainToImmutable(), findings.DrainToImmutable());
    }

    /// <summary>Compares signed heads with the journal, without looking at their signatures.</summary>
    /// <param name="journal">The journal, read only.</param>
    /// <param name="receipts">Signed heads of this journal, in any order.</param>
    public static ImmutableArray<AuditFinding> VerifyReceipts(IJournalReader journal, IEnumerable<SignedHead> receipts)
    {
        ImmutableArray<AuditFinding>.Builder findings = ImmutableArray.CreateBuilder<AuditFinding>();
        foreach (IGrouping<string, SignedHead> log in receipts.GroupBy(static head => head.PersistenceId).OrderBy(static log => log.Key, StringComparer.Ordinal))
        {
            try
            {
                VerifyHeads(journal, log.Key, [.. log.OrderBy(static head => head.Sequence)], findings);
            }
            catch (Exception failure) when (failure is JournalFormatException or IOException)
            {
                findings.Add(new AuditFinding(AuditFault.Unreadable, log.Key, 0, failure.Message));
            }
        }
        return findings.DrainToImmutable();
    }

    /// <summary>Checks the signatures of signed heads, then compares those that are valid with the journal. A forged receipt is reported, and accuses nobody.</summary>
    /// <param name="journal">The journal, read only.</param>
    /// <param name="receipts">Signed heads of this journal, in any order.</param>
    /// <param name="verifier">Any node's signer.</param>
    /// <param name="publicKeys">Public keys (SubjectPublicKeyInfo, DER) by key id.</param>
    public static ImmutableArray<AuditFinding> VerifyReceipts(
        IJournalReader journal, IEnumerable<SignedHead> receipts, ISigner verifier, IReadOnlyDictionary<Digest, ReadOnlyMemory<byte>> publicKeys)
    {
        ILookup<string?, SignedHead> byFault = receipts.ToLookup(head =>
            !publicKeys.TryGetValue(head.KeyId, out ReadOnlyMemory<byte> key) ? "is signed by an unknown key"
            : head.IsSignedBy(verifier, key.Span) ? null
            : "does not carry the signature of its key");
        IEnumerable<AuditFinding> forged = byFault.Where(static group => group.Key is not null).SelectMany(static group => group.Select(head => new AuditFinding(
            AuditFault.SignatureInvalid, head.PersistenceId, head.Sequence, $"the receipt for event {head.Sequence} of '{head.PersistenceId}' {group.Key} ({head.KeyId})")));
        return [.. forged, .. VerifyReceipts(journal, byFault[null])];
    }

    private static AuditedLog VerifyChain(IJournalReader journal, string persistenceId, Func<string, int?>? newestVersion, ImmutableArray<AuditFinding>.Builder findings)
    {
        Digest head = ChainHash.Start(persistenceId);
        long last = 0, count = 0;
        try
        {
            foreach (JournalEvent stored in journal.Read(persistenceId))
            {
                VerifyEvent(persistenceId, stored, last, head, newestVersion, findings);
                (last, head) = (stored.Sequence, stored.Hash);   // goes on from what is stored, so that one edit is one finding
                count++;
            }
        }
        catch (Exception failure) when (failure is JournalFormatException or IOException)
        {
            findings.Add(new AuditFinding(AuditFault.Unreadable, persistenceId, last + 1, failure.Message));
        }
        return new AuditedLog(persistenceId, count, last, head);
    }

    private static void VerifyEvent(
        string persistenceId, in JournalEvent stored, long last, in Digest head, Func<string, int?>? newestVersion, ImmutableArray<AuditFinding>.Builder findings)
    {
        if (stored.Sequence != last + 1)
        {
            string missing = stored.Sequence == last + 2 ? $"event {last + 1} is" : $"events {last + 1} to {stored.Sequence - 1} are";
            findings.Add(new AuditFinding(AuditFault.EventMissing, persistenceId, last + 1, $"{missing} missing from '{persistenceId}'"));
        }
        else if (ChainHash.Next(head, stored.Sequence, stored.Epoch, stored.At, stored.Tag, stored.Version, stored.Payload.Span) != stored.Hash)
        {
            findings.Add(new AuditFinding(
                AuditFault.EventChanged, persistenceId, stored.Sequence,
                $"event {stored.Sequence} ({stored.Tag}) of '{persistenceId}' was changed after it was written: its bytes do not give the stored hash"));
        }
        if (newestVersion is null || newestVersion(stored.Tag) is int newest && stored.Version <= newest) return;
        findings.Add(new AuditFinding(
            AuditFault.NewerVersion, persistenceId, stored.Sequence,
            $"event {stored.Sequence} of '{persistenceId}' is a '{stored.Tag}' of version {stored.Version}, unknown to this program; use the newer version of fed that wrote it"));
    }

    private static void VerifyHeads(IJournalReader journal, string persistenceId, ImmutableArray<SignedHead> heads, ImmutableArray<AuditFinding>.Builder findings)
    {
        long last = 0;
        int next = 0;
        foreach (JournalEvent stored in journal.Read(persistenceId, Math.Max(0, heads[0].Sequence - 1)))
        {
            last = stored.Sequence;
            while (next < heads.Length && heads[next].Sequence < last) findings.Add(Missing(heads[next++], "does not have it"));
            for (; next < heads.Length && heads[next].Sequence == last; next++)
            {
                if (heads[next].Hash != stored.Hash) findings.Add(Rewritten(heads[next], stored.Hash));
            }
            if (next == heads.Length) return;
        }
        while (next < heads.Length) findings.Add(Missing(heads[next++], last == 0 ? "ends before it" : $"ends at {last}"));
    }

    private static AuditFinding Missing(SignedHead head, string state) => new(
        AuditFault.TailMissing, head.PersistenceId, head.Sequence,
        $"a receipt proves event {head.Sequence} of '{head.PersistenceId}', and the journal {state}: events were cut off");

    private static AuditFinding Rewritten(SignedHead head, Digest found) => new(
        AuditFault.HistoryRewritten, head.PersistenceId, head.Sequence,
        $"a receipt proves another history of '{head.PersistenceId}' up to event {head.Sequence}: its head was {head.Hash}, and the journal has {found}");
}
