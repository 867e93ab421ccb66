using System.Text;

namespace Fed.Learning.Data.Columns;

/// <summary>A fixed number of letters of an agreed alphabet, such as the bases of a piece of DNA.</summary>
internal sealed class LettersReader : CellReader
{
    private readonly TextEncoding _code;
    private readonly Rune[] _alphabet;
    private readonly int[] _ascii = new int[128];   // place of a letter in the alphabet, counted from 1; 0 for none

    public LettersReader(ColumnSpec column) : base(column)
    {
        _code = column.Text ?? throw new DataException($"column '{column.Name}' is of letters and needs their alphabet and number.");
        _alphabet = [.. _code.Alphabet.EnumerateRunes()];
        if (_alphabet.Length < 2 || _alphabet.Distinct().Count() != _alphabet.Length) throw new DataException($"column '{column.Name}' needs an alphabet of at least two letters, each once.");
        if (_code.Length < 1) throw new DataException($"column '{column.Name}' needs a length of at least one letter.");
        for (int i = 0; i < _alphabet.Length; i++)
            if (_alphabet[i].IsAscii) _ascii[_alphabet[i].Value] = i + 1;
    }

    public override IEnumerable<string> Features => _code.Code switch
    {
        LetterCode.Ids => Enumerable.Range(0, _code.Length).Select(at => $"{Column.Name}[{at}]"),
        LetterCode.OneHot => Enumerable.Range(0, _code.Length).SelectMany(_ => _alphabet, (at, letter) => $"{Column.Name}[{at}]={letter}"),
        _ => _alphabet.SelectMany(_ => Enumerable.Range(0, _code.Length), (letter, at) => $"{Column.Name}[{at}]={letter}"),
    };

    public override bool TryRead(IRowReader rows, int index, Span<double> part)
    {
        ReadOnlySpan<byte> cell = rows.Text(index);
        part.Clear();
        int at = 0;
        for (ReadOnlySpan<byte> rest = cell; rest.Length > 0; at++)
        {
            Rune.DecodeFromUtf8(rest, out Rune letter, out int bytes);
            rest = rest[bytes..];
            int place = letter.IsAscii ? _ascii[letter.Value] : Array.IndexOf(_alphabet, letter) + 1;
            if (place == 0) throw Wrong(rows, $"has '{letter}' at place {at}, which is no letter of the agreed alphabet {_code.Alphabet}.");
            if (at >= _code.Length) continue;   // counted, for the message
            switch (_code.Code)
            {
                case LetterCode.Ids: part[at] = place; break;
                case LetterCode.OneHot: part[at * _alphabet.Length + place - 1] = 1; break;
                default: part[(place - 1) * _code.Length + at] = 1; break;
            }
        }
        return at == _code.Length ? true : throw Wrong(rows, $"has {at} letters where {_code.Length} are agreed.");
    }

    private DataException Wrong(IRowReader rows, string what) => new Place(rows.Name, rows.Row).Wrong(Column, what);
}
