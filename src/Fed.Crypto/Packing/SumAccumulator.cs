using Fed.Crypto.Ring;

namespace Fed.Crypto.Packing;

/// <summary>Adds up ciphertexts of one index: memory for one ciphertext, whatever the vector's length and the number of summands. Go through a vector index by index.</summary>
/// <remarks>One thread at a time; accumulators of different indices are independent. Adding allocates nothing.</remarks>
public sealed class SumAccumulator
{
    private readonly PackingLayout _layout;
    private readonly PackedFormat _format;
    private readonly ResidueAccumulator _sum;
    private readonly ulong[] _words;

    /// <summary>An empty sum.</summary>
    /// <param name="layout">The layout of all summands.</param>
    /// <param name="keyId">The key of all summands, 32 bytes.</param>
    /// <param name="scratch">Words of one ciphertext that several accumulators of one thread may share; null for its own.</param>
    public SumAccumulator(PackingLayout layout, ReadOnlySpan<byte> keyId, ulong[]? scratch = null)
    {
        _layout = layout;
        _format = new PackedFormat(layout, keyId);
        _sum = new ResidueAccumulator(layout.Profile.Ring, polys: layout.SumForm == PackedForm.Masked ? 1 : 2);
        _words = scratch ?? new ulong[_sum.Words];
        if (_words.Length != _sum.Words) throw new ArgumentException($"a ciphertext has {_sum.Words} words, not {_words.Length}", nameof(scratch));
    }

    /// <summary>Index of the ciphertexts; -1 while the sum is empty.</summary>
    public int Index { get; private set; } = -1;

    /// <summary>How many vectors are in the sum.</summary>
    public int Summands { get; private set; }

    /// <summary>Bytes of a sum.</summary>
    public int SumBytes => _format.Bytes(_layout.SumForm);

    /// <summary>Adds a ciphertext, seeded or not, or a sum of some.</summary>
    /// <param name="ciphertext">Header and residues.</param>
    /// <param name="summands">How many vectors it must say that it sums: 1 for a site's own.</param>
    /// <exception cref="SealFormatException">The bytes are no ciphertext of this layout, key and index, or of so many summands; the sum is unchanged.</exception>
    /// <exception cref="CapacityExceededException">More vectors than the job may sum; the sum is unchanged.</exception>
    public void Add(ReadOnlySpan<byte> ciphertext, int summands = 1)
    {
        PackedHeader header = _format.Read(ciphertext);
        if (header.Form != _layout.SumForm && (header.Form != PackedForm.SeededCiphertext || _layout.SumForm != PackedForm.Ciphertext)) throw new SealFormatException($"a {header.Form} is no summand of a {_layout.SumForm}");
        if (header.Summands != summands) throw new SealFormatException($"a ciphertext that says it sums {header.Summands} vectors: {summands} expected");
        if (Index >= 0 && header.Index != Index) throw new SealFormatException($"a ciphertext of index {header.Index}: index {Index} is being summed");
        if (header.Summands > _layout.Proof.Job.Summands - Summands)
            throw new CapacityExceededException($"{Summands} + {header.Summands} summands: the layout holds at most {_layout.Proof.Job.Summands}");
        if (header.Form == _layout.SumForm)
        {
            _sum.AddPacked(ciphertext[PackedFormat.HeaderBytes..]);
        }
        else
        {
            int words = _words.Length / 2;
            _format.Unpack(ciphertext, 0, _words.AsSpan(0, words));
            _format.Unpack(ciphertext, 1, _words.AsSpan(words));
            _sum.Add(_words);
        }
        Index = header.Index;
        Summands += header.Summands;
    }

    /// <summary>Writes the sum and starts anew, for any index.</summary>
    /// <param name="sum">Receives a ciphertext of <see cref="SumBytes"/> bytes.</param>
    /// <exception cref="InvalidOperationException">Nothing was added.</exception>
    public void Close(Span<byte> sum)
    {
        if (Index < 0) throw new InvalidOperationException("nothing was added to the sum");
        _format.Write(new PackedHeader(_layout.SumForm, Index, Summands), sum);
        _sum.Close(_words);
        int words = _layout.Profile.Ring.Words;
        for (int poly = 0; poly < _words.Length / words; poly++) ResiduePacking.Pack(_layout.Profile.Ring, _words.AsSpan(poly * words, words), _format.Polynomial(sum, poly));
        (Index, Summands) = (-1, 0);
    }
}
