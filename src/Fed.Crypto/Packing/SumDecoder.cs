using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Packing;

/// <summary>Turns an opened polynomial, Delta m + error, into the exact integer sums that it carries; whoever opened it.</summary>
/// <remarks>One thread at a time. Centring, rounding and the checks are constant time; the polynomial, whose error is secret, is wiped.</remarks>
public sealed class SumDecoder : IDisposable
{
    private readonly PackingLayout _layout;
    private readonly int _summands;
    private readonly SecretBuffer<ulong> _integers;
    private RunDecoder? _decoder;
    private PackingRun? _decoderRun;

    /// <summary>For sums of one layout.</summary>
    /// <param name="layout">The layout of all summands.</param>
    /// <param name="summands">How many vectors were added up, 1 to the job's bound.</param>
    /// <exception cref="CapacityExceededException">More vectors than the layout holds.</exception>
    public SumDecoder(PackingLayout layout, int summands)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(summands, 1);
        if (summands > layout.Proof.Job.Summands) throw new CapacityExceededException($"{summands} summands: the layout holds at most {layout.Proof.Job.Summands}");
        (_layout, _summands) = (layout, summands);
        _integers = new SecretBuffer<ulong>(layout.Profile.N * layout.Profile.Ring.ComposedWords);
    }

    /// <summary>Decodes one ciphertext's values.</summary>
    /// <param name="index">Index of the ciphertext.</param>
    /// <param name="opened">c0 + c1 s, or a sum of contributions and all shares, in NTT form; wiped.</param>
    /// <param name="values">Receives the sums, as many as <see cref="PackingLayout.ValuesOf"/> says.</param>
    /// <exception cref="OpeningInconsistentException">An error is above its bound, a field beyond the reach of the summands, or an unused place not empty: a wrong key, a bad share, or a sum
    /// that wrapped around. No value is given out.</exception>
    public void Decode(int index, Span<ulong> opened, Span<long> values)
    {
        int expected = _layout.ValuesOf(index).Count;
        if (values.Length != expected) throw new ArgumentException($"ciphertext {index} carries {expected} values, not {values.Length}", nameof(values));
        RnsRing ring = _layout.Profile.Ring;
        int words = ring.ComposedWords;
        ulong fault = 0;
        try
        {
            ring.Inverse(opened);
            ring.ComposeCentred(opened, _integers.Span);
            int at = 0;
            foreach (PackingPiece piece in _layout.PiecesOf(index))
            {
                if (piece.Run is not { } run) _decoder = RunDecoder.Unused(_layout);
                else if (run != _decoderRun) _decoder = new RunDecoder(_layout, run, _summands);
                _decoderRun = piece.Run;
                fault |= _decoder!.Decode(_integers.Span.Slice(piece.Start * words, piece.Count * words), words, values.Slice(at, piece.Values));
                at += piece.Values;
            }
        }
        finally
        {
            _integers.Wipe();
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(opened));
        }
        if (fault == 0) return;
        values.Clear();
        throw new OpeningInconsistentException(
            $"ciphertext {index} opened inconsistently: an error above B = {_layout.Proof.ErrorBound}, a field beyond the reach of {_summands} summands, or an unused place that is not empty");
    }

    /// <inheritdoc/>
    public void Dispose() => _integers.Dispose();
}
