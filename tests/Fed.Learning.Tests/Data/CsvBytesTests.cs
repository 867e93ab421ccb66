using System.Text;
using Fed.Learning.Data;
using Fed.Learning.Tests.Data.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Data;

/// <summary>Where a record begins in the buffer, and how the bytes arrive, makes no difference.</summary>
public sealed class CsvBytesTests
{
    [Fact]
    public void Pieces_of_any_size_give_the_rows_of_the_whole() => Prop.ForAll<NonEmptyArray<PositiveInt>, PositiveInt, bool>(static (lengths, piece, hasCarriageReturns) =>
    {
        StringBuilder text = new("a,b,c");
        List<string[]> expected = [];
        foreach (PositiveInt length in lengths.Get)
        {
            string[] row = [new string('x', length.Get * 7 % 83), length.Get % 3 == 0 ? "q,\"r\r\n" : $"{length.Get}", new string('z', length.Get % 31)];
            expected.Add(row);
            text.Append(hasCarriageReturns ? "\r\n" : "\n").AppendJoin(',', row.Select(static field => field.Contains('"', StringComparison.Ordinal) ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field));
        }
        using CsvReader csv = new(new Trickle(Encoding.UTF8.GetBytes(text.ToString()), piece.Get % 37 + 1), "t.csv");
        foreach (string[] row in expected) Assert.True(csv.Read() && csv.Fields.SequenceEqual(row), string.Join('|', csv.Fields));
        return !csv.Read();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Record_longer_than_the_buffer_is_read_whole()
    {
        string longField = new('y', 300_000);
        using CsvReader csv = new(new MemoryStream(Encoding.UTF8.GetBytes($"a,b\n1,2\n{longField},\"{longField}\"\n3,4")), "t.csv");
        Assert.True(csv.Read() && csv.Read());
        Assert.Equal([longField, longField], csv.Fields);
        Assert.True(csv.Read());
        Assert.Equal(["3", "4"], csv.Fields);
    }

    [Fact]
    public void Byte_order_mark_belongs_to_no_column()
    {
        using CsvReader csv = new(new MemoryStream([0xEF, 0xBB, 0xBF, .. "a,b\n"u8]), "t.csv");
        Assert.Equal(["a", "b"], csv.Header);
    }

    [Fact]
    public void Text_that_is_no_utf_8_is_refused_by_line()
    {
        using CsvReader csv = new(new MemoryStream([.. "a,b\n1,2\n3,"u8, 0xFF, (byte)'\n']), "t.csv");
        Assert.True(csv.Read());
        Assert.Equal("t.csv, line 3: cannot be read as UTF-8 text; save the file as UTF-8.", Assert.Throws<DataException>(() => csv.Read()).Message);
        Assert.Equal("t.csv is compressed; decompress it with gunzip.", Assert.Throws<DataException>(static () => new CsvReader(new MemoryStream([0x1F, 0x8B, 8, 0]), "t.csv")).Message);
        Assert.Equal("t.csv is UTF-16 text; save it as UTF-8.", Assert.Throws<DataException>(static () => new CsvReader(new MemoryStream(Encoding.Unicode.GetPreamble()), "t.csv")).Message);
    }

    [Fact]
    public void Control_characters_of_a_cell_do_not_reach_the_message()
    {
        using CsvReader csv = new(new MemoryStream("x,y\n1\0\u001b[2J,1\n"u8.ToArray()), "t.csv");
        Assert.Contains("column 'x' holds '1??[2J', which is not a number", Assert.Throws<DataException>(() => TableReader.Read(csv, Tables.Schema("y"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_separators_leave_commas_to_the_fields()
    {
        using CsvReader csv = new(new MemoryStream("a;b\n1,5;2\n"u8.ToArray()), "t.csv", ';');
        Assert.True(csv.Read());
        Assert.Equal(["1,5", "2"], csv.Fields);
        Assert.Throws<ArgumentException>(static () => new CsvReader(Stream.Null, "t.csv", '"'));
    }

    [Fact]
    public void Reading_numbers_allocates_nothing_a_row()
    {
        byte[] text = Encoding.UTF8.GetBytes("a,b,c\n" + string.Concat(Enumerable.Repeat("1.5,-20,300.25\n", 10_000)));
        using CsvReader csv = new(new MemoryStream(text), "t.csv");
        Assert.True(csv.Read() && csv.TryNumber(0, out _));   // tables that are made once
        long before = GC.GetAllocatedBytesForCurrentThread();
        double sum = 281.75;
        while (csv.Read())
            for (int c = 0; c < 3; c++)
                if (csv.TryNumber(c, out double value)) sum += value;
        Assert.Equal(10_000 * 281.75, sum);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000);
    }

    /// <summary>A stream that never gives more than a few bytes.</summary>
    private sealed class Trickle(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));
    }
}
