using System.Collections.Immutable;

namespace Fed.Crypto.Packing;

/// <summary>Walks the used coefficients of a layout in blocks that cross neither a run nor a ciphertext.</summary>
internal struct PackingCursor
{
    private readonly PackingLayout _layout;
    private readonly int _block;
    private ImmutableArray<PackingPiece> _pieces;
    private int _piece, _done;

    public PackingCursor(PackingLayout layout, int block)
    {
        _layout = layout;
        _block = block;
        _pieces = layout.PiecesOf(0);
    }

    /// <summary>Index of the ciphertext; the number of ciphertexts at the end.</summary>
    public int Ciphertext { get; private set; }

    public readonly bool IsAtEnd => Ciphertext == _layout.Ciphertexts;

    public readonly bool IsAtStartOfCiphertext => _piece == 0 && _done == 0;

    public readonly PackingRun Run => _pieces[_piece].Run!;

    /// <summary>First coefficient of the block within the ciphertext.</summary>
    public readonly int Start => _pieces[_piece].Start + _done;

    /// <summary>Coefficients of the block.</summary>
    public readonly int Count => Math.Min(_block, _pieces[_piece].Count - _done);

    /// <summary>Position of the block's first value in the vector.</summary>
    public readonly int FirstValue => _pieces[_piece].FirstValue + (_done * Run.Fields);

    /// <summary>Values of the block.</summary>
    public readonly int Values => Math.Min(Count * Run.Fields, _pieces[_piece].Values - (_done * Run.Fields));

    /// <summary>Goes to the next block.</summary>
    public void Advance()
    {
        _done += Count;
        if (_done < _pieces[_piece].Count) return;
        (_piece, _done) = (_piece + 1, 0);
        if (_piece < _pieces.Length && _pieces[_piece].Run is not null) return;
        Ciphertext++;
        _piece = 0;
        _pieces = IsAtEnd ? [] : _layout.PiecesOf(Ciphertext);
    }
}
